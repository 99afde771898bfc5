"""Writes the drawings in examples/: python tests/examples/make.py. A test holds the files equal to what this writes."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Mapping
from pathlib import Path

import steps_generative
