"""What the image must say; its steps run here as a script, and in Docker where there is one."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "docker/Dockerfile").read_text()


def copied() -> list[str]:
    """What the image takes from the checkout."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, flags=re.MULTILINE)
    return [name for line in lines for name in line.split()[:-1]]


def test_base_is_pinned_and_the_user_is_not_root():
    assert re.search(r"^ARG BASE=\S+@sha256:[0-9a-f]{64}$", DOCKERFILE, flags=re.MULTILINE)
    assert DOCKERFILE.rindex("USER surgtools") > DOCKERFILE.rindex("RUN ")
    assert 'CMD ["surgtools", "doctor"]' in DOCKERFILE and "HEALTHCHECK" in DOCKERFILE


def test_what_is_copied_is_there_and_is_not_ignored():
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line[0] == "!"}
    assert set(copied()) == kept
    assert all((ROOT / name).exists() for name in kept)


def test_workflow_runs_the_check_and_pins_what_it_uses():
    text = (ROOT / ".github/workflows/check.yml").read_text()
    jobs = yaml.safe_load(text)["jobs"]
    assert {"run": "bash .ci/run"} in jobs["check"]["steps"]
    used = [step["uses"] for job in jobs.values() for step in job["steps"] if "uses" in step]
    assert used and all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", each) for each in used)


@pytest.mark.parametrize("words", [[], ["environment", "tpu"], ["package"]])
def test_script_says_what_it_takes(words):
    environment = {**os.environ, "SURGTOOLS_ENV_ROOT": ""}
    done = subprocess.run(
        ["bash", str(ROOT / "docker/install.sh"), *words],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode != 0 and done.stderr.strip()


@pytest.mark.slow
def test_steps_make_a_command_that_works_elsewhere(tmp_path):
    """With the environment of these tests in the place of a new one of 8 GB."""
    checkout, prefix, work = (tmp_path / name for name in ("src", "opt", "work"))
    for name in copied():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, checkout / name)
    work.mkdir()
    environment = {
        **{k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        "SURGTOOLS_PYTHON": sys.executable,
        "SURGTOOLS_ENV_ROOT": str(prefix),
    }

    def run(*words: object) -> str:
        done = subprocess.run(
            [str(word) for word in words],
            capture_output=True,
            text=True,
            cwd=work,
            env=environment,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    run("bash", checkout / "docker/install.sh", "environment", "cpu")
    run("bash", checkout / "docker/install.sh", "package", prefix)
    shutil.rmtree(checkout)
    surgtools = prefix / "bin/surgtools"
    assert "checks passed" in run(surgtools, "doctor")
    shutil.copy(ROOT / "docs/overview.jpg", work / "photo.jpg")
    words = ("photo.jpg", "--models", "fast", "--no-tta", "--out-dir", "out")
    assert "1 frames" in run(surgtools, "predict", *words)


@pytest.mark.slow
def test_image_is_built_and_works():
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "info"], capture_output=True).returncode:
        pytest.skip("no Docker here; the steps are run as a script by the test above")
    build = ["build", "--file", str(ROOT / "docker/Dockerfile"), "--tag", "surgtools:test"]
    subprocess.run([docker, *build, str(ROOT)], check=True)
    command = [docker, "run", "--rm", "surgtools:test", "doctor"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "checks passed" in told
