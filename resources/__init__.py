"""Pictures and icons that ship with the app."""
