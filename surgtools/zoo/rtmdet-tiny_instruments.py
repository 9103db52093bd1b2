_base_ = "../configs/detection/rtmdet-tiny_60e_instruments-320x320.py"
