# What every config of surgtools shares. The data folder is `surgtools train --data DIR`, or the
# environment variable SURGTOOLS_DATA under the hosts' own tools.
custom_imports = dict(imports=["surgtools.register"], allow_failed_imports=False)
instruments_root = "{{$SURGTOOLS_DATA:data/instruments}}"
