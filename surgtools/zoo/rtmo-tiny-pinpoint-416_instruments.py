_base_ = "../configs/one_stage/rtmo-tiny-pinpoint_distil-60e_instruments-416x416.py"
