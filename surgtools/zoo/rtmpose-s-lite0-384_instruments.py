_base_ = "../configs/pose/rtmpose-s-lite0_60e_instruments-384x384.py"
