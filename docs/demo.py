# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # surgtools in a notebook
#
# Find surgical instruments and their keypoints in a picture and in a clip.
# The models run on ONNX Runtime, without torch.
#
# This notebook is written from `docs/demo.py`: `jupytext --to ipynb docs/demo.py`.

# %% [markdown]
# ## Install
#
# On Colab: make a wheel with `pip wheel --no-deps .` in a checkout.
# Put it into the files of the session.
# Where surgtools is installed, this cell does nothing.

# %%
import importlib.util
import subprocess
import sys
from pathlib import Path

if importlib.util.find_spec("surgtools") is None:
    wheels = sorted(Path().glob("surgtools-*.whl"))
    source = str(wheels[-1].resolve()) if wheels else str(Path("..").resolve())
    install = [sys.executable, "-m", "pip", "install", "--quiet"]
    subprocess.run([*install, f"{source}[onnx,video]"], check=True)

# %% [markdown]
# ## A picture
#
# Put the path of a picture of yours in the place of the sample.

# %%
import cv2
from IPython.display import Image, Video, display

from surgtools import samples
from surgtools.demo.finder import opening_of
from surgtools.prediction import Inferencer, draw_instances

picture = samples.pictures()[2]
inferencer = Inferencer(models="general-onnx")
(result,) = inferencer([picture], keep_images=True)
drawn = draw_instances(result.image, result.instances)
display(Image(cv2.imencode(".jpg", drawn)[1].tobytes(), width=640))

# %% [markdown]
# Each instrument has a box and a score.
# Each keypoint has a place in pixels, a score, and the probability that it is seen and not hidden.

# %%
for instance in result.instances:
    print(f"{instance.category_name}  {instance.bbox_score:.2f}")
    for name, (x, y), score, seen in zip(
        instance.category.keypoints,
        instance.keypoints,
        instance.keypoint_scores,
        instance.keypoint_visible,
        strict=True,
    ):
        print(f"    {name:13} {x:7.1f} {y:7.1f}   score {score:.2f}   seen {seen:.2f}")

# %% [markdown]
# ## A clip
#
# The command writes a clip with the instruments drawn, and `predictions.json`.

# %%
clip = samples.clip()
words = ["predict", str(clip), "--models", "fast-onnx", "--out-dir", "found"]
done = subprocess.run([sys.executable, "-m", "surgtools", *words], capture_output=True, text=True)
print(done.stdout or done.stderr)
display(Video("found/visualizations/clip.mp4", embed=True, width=480))

# %% [markdown]
# How far each instrument is open, frame by frame: the distance of its tips as share of its length.

# %%
for frame in inferencer([clip]):
    openings = [f"{i.category_name} {opening_of(i)}" for i in frame.instances]
    if frame.frame_id % 10 == 0:
        print(f"{frame.time_s:.2f} s   {', '.join(openings)}")
