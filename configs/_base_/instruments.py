# What every config of surgtools shares. The data folder is `surgtools train --data DIR`, or the
# environment variable SURGTOOLS_DATA under the hosts' own tools.
import os

instruments_root = "{{$SURGTOOLS_DATA:data/instruments}}"
num_workers = max(1, min(8, (os.cpu_count() or 2) // 2))
