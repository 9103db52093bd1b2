"""The command itself: instant help, one line per error, exit codes."""

import errno
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import surgtools
from surgtools import cli
from surgtools.errors import InputError

ROOT = Path(surgtools.__file__).parents[1]
HEAVY = (
    "torch",
    "cv2",
    "mmengine",
    "mmcv",
    "mmdet",
    "mmpose",
    "scipy",
    "av",
    "matplotlib",
    "rich",
)


def loaded_after(code: str) -> set[str]:
    """Top-level modules in a fresh process after ``code``."""
    report = f"{code}\nimport json, sys\nprint(json.dumps([m.split('.')[0] for m in sys.modules]))"
    answer = subprocess.run(
        [sys.executable, "-c", report], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(json.loads(answer.stdout.splitlines()[-1]))


def test_help_loads_nothing_heavy():
    code = (
        "import contextlib; from surgtools.cli import main\n"
        "with contextlib.suppress(SystemExit): main(['--help'])"
    )
    assert loaded_after(code).isdisjoint(HEAVY)


def test_import_is_light():
    assert loaded_after("import surgtools, surgtools.annotations.coco").isdisjoint(HEAVY)


def test_help_lists_every_command_and_exits_with_0(capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["--help"])
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in cli.COMMANDS)


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_command_has_help_and_a_script_of_the_same_name(name, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main([name, "--help"])
    assert caught.value.code == 0
    assert f"usage: surgtools {name}" in capsys.readouterr().out
    assert f'main(["{name}"' in (ROOT / f"tools/{name}.py").read_text()


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_help_of_a_command_loads_nothing_heavy(name):
    code = (
        "import contextlib; from surgtools.cli import main\n"
        f"with contextlib.suppress(SystemExit): main(['{name}', '--help'])"
    )
    assert loaded_after(code).isdisjoint(HEAVY)


def fake_command(run):
    return SimpleNamespace(add_arguments=lambda parser: None, run=run)


@pytest.fixture
def doctor_runs(monkeypatch):
    def use(run):
        module = fake_command(run)
        monkeypatch.setattr(cli.importlib, "import_module", lambda name: module)

    return use


def test_input_error_is_one_line_and_exit_code_2(doctor_runs, capsys):
    def run(args):
        raise InputError("a.json: broken; write it again")

    doctor_runs(run)
    assert cli.main(["doctor"]) == 2
    assert capsys.readouterr().err == "surgtools doctor: a.json: broken; write it again\n"


def test_a_full_disk_is_one_line_and_other_faults_of_the_system_are_not_hidden(
    doctor_runs, capsys
):
    def fail(code):
        def run(args):
            raise OSError(code, "as the system says it", "big.pth")

        return run

    doctor_runs(fail(errno.ENOSPC))
    assert cli.main(["doctor"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "no space left on the disk for big.pth" in error
    doctor_runs(fail(errno.EIO))
    with pytest.raises(OSError, match="as the system says it"):
        cli.main(["doctor"])


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        ImportError("libavcodec.so: failed to map segment from shared object"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_lack_of_memory_is_one_line(error, doctor_runs, capsys):
    def run(args):
        raise error

    doctor_runs(run)
    assert cli.main(["doctor"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "the memory is used up; close other programs" in said


def test_a_lack_of_memory_while_the_command_is_loaded_is_one_line(monkeypatch, capsys):
    def load(name):
        raise MemoryError

    monkeypatch.setattr(cli.importlib, "import_module", load)
    assert cli.main(["doctor"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("surgtools doctor: the memory is used up") and said.count("\n") == 1


@pytest.mark.parametrize("error", [ImportError("no module x"), RuntimeError("shapes differ")])
def test_other_errors_of_libraries_are_not_hidden(error, doctor_runs):
    def run(args):
        raise error

    doctor_runs(run)
    with pytest.raises(type(error)):
        cli.main(["doctor"])


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (errno.EACCES, "no permission for a.pth; change the rights"),
        (errno.EROFS, "the disk is read-only for a.pth; choose another place"),
        (errno.ENAMETOOLONG, "a name is longer than the system takes for a.pth; shorten it"),
        (errno.EISDIR, "a folder stands where a file is expected for a.pth; move it away"),
        (errno.EEXIST, "a file stands where a folder is expected for a.pth; move it away"),
        (errno.EMFILE, "too many files are open for a.pth; raise `ulimit -n`"),
    ],
)
def test_what_a_machine_lacks_is_one_line(doctor_runs, capsys, code, message):
    def run(args):
        raise OSError(code, "as the system says it", "a.pth")

    doctor_runs(run)
    assert cli.main(["doctor"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"surgtools doctor: {message}") and error.count("\n") == 1


def test_a_reader_that_has_seen_enough_is_no_fault():
    code = "import sys; from surgtools.cli import main; sys.exit(main(['doctor', '--json']))"
    patch = (
        "import surgtools.cli.doctor as d\n"
        "d.run = lambda args: print('x\\n' * 100_000)\n"  # more than a pipe holds
    )
    with subprocess.Popen(
        [sys.executable, "-c", patch + code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout.readline() == "x\n"
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 141


def test_a_tilde_is_the_home_folder_unless_a_file_has_that_name(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "~kept").touch()
    seen = {}

    def add_arguments(parser):
        parser.add_argument("names", nargs="*")
        parser.add_argument("--out", type=Path)

    module = SimpleNamespace(add_arguments=add_arguments, run=lambda args: seen.update(vars(args)))
    monkeypatch.setattr(cli.importlib, "import_module", lambda name: module)
    cli.main(["doctor", "--out=~/x", "~/a.jpg", "~kept", "b~", "~"])
    assert seen["out"] == tmp_path / "x"
    assert seen["names"] == [str(tmp_path / "a.jpg"), "~kept", "b~", str(tmp_path)]


def test_interrupt_exits_with_130_and_no_traceback(doctor_runs, capsys):
    def run(args):
        raise KeyboardInterrupt

    doctor_runs(run)
    assert cli.main(["doctor"]) == 130
    assert capsys.readouterr().err == "surgtools doctor: interrupted\n"


@pytest.mark.parametrize(("answer", "code"), [(None, 0), (0, 0), (1, 1)])
def test_answer_of_the_command_is_the_exit_code(doctor_runs, answer, code):
    doctor_runs(lambda args: answer)
    assert cli.main(["doctor"]) == code


def test_version_is_the_package_version(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"surgtools {surgtools.__version__}\n"


def test_what_opencv_cannot_read_is_told_by_us_alone(tmp_path):
    """A TIFF of one channel of floats is read at the second try; OpenCV complains of the first."""
    code = (
        "import contextlib\nfrom surgtools.cli import main\n"
        "with contextlib.suppress(SystemExit):\n    main(['--help'])\n"
        "import cv2, numpy as np\nfrom surgtools.images import read_image\n"
        f"name = {str(tmp_path / 'a.tiff')!r}\n"
        "cv2.imwrite(name, np.full((9, 8), 0.5, np.float32))\n"
        "assert read_image(name).shape == (9, 8, 3)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 0 and run.stderr == "", run.stderr


@pytest.mark.parametrize("words", [["predict"], ["data", "frames"]])
def test_how_a_file_whose_name_begins_with_a_dash_is_named(words, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main([*words, "-lead.mp4"]) == 2
    assert "./" not in capsys.readouterr().err
    Path("-lead.mp4").touch()
    assert cli.main([*words, "-lead.mp4"]) == 2
    error = capsys.readouterr().err
    assert error.endswith("; write ./-lead.mp4 for the file of that name\n")
    assert error.count("\n") == 1
