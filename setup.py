"""Packaging of surgtools; the tested versions are pinned in tools/requirements."""

from pathlib import Path

from setuptools import find_namespace_packages, setup

ROOT = Path(__file__).parent
VERSION = next(
    line.split('"')[1]
    for line in (ROOT / "surgtools/__init__.py").read_text().splitlines()
    if line.startswith("__version__")
)


# What `predict` needs without torch, and what video and tracking need beside it. These are not in
# tools/requirements, whose files are the environment of tools/env.sh.
ONNX = ["opencv-python-headless<4.13", "onnxruntime<2"]
VIDEO = ["av<19", "scipy<2"]


def requirements(name: str) -> list[str]:
    lines = (ROOT / "tools/requirements" / f"{name}.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


setup(
    name="surgtools",
    version=VERSION,
    description="Surgical instruments and their keypoints, on MMPose and MMDetection",
    long_description=(ROOT / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11",
    # With namespaces, for folders that hold configs, templates and meshes but no __init__.py.
    packages=find_namespace_packages(
        include=["surgtools", "surgtools.*", "data_gen", "data_gen.*"],
        exclude=["*.__pycache__", "*.__pycache__.*"],
    ),
    package_data={"": ["*"]},
    exclude_package_data={"": ["*.py[cod]"]},
    install_requires=["numpy<2.3"],
    extras_require={
        "onnx": ONNX,
        "video": VIDEO,
        "demo": [*ONNX, *VIDEO, "gradio>=5,<7"],
        "full": requirements("runtime"),
        "generator": requirements("generator"),
        "docs": requirements("docs"),
        "ray": ["ray[default]<3"],
    },
    entry_points={"console_scripts": ["surgtools = surgtools.cli:main"]},
)
