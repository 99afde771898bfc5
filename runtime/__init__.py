"""Everything that needs torch: data, generated scripts, run folders, workers, the command line."""

import os

# Threads of torch that wait must not spin: beside a window or another run, spinning made a step 5 to 30 times slower.
# It is read when torch is loaded, hence here; results are the same.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
