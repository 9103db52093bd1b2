_base_ = "../configs/detection/rtmdet-lite0_60e_instruments-640x640.py"
