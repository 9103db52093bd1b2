_base_ = "../configs/pose/rtmpose-s_60e_instruments-256x256.py"
