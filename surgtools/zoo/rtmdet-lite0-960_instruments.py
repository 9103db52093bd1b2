_base_ = "../configs/detection/rtmdet-lite0_60e_instruments-960x544.py"
