_base_ = "../configs/pose/rtmpose-s_60e_instruments-384x384.py"
