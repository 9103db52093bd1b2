_base_ = "../configs/detection/rtmdet-tiny_60e_instruments-416x416.py"
