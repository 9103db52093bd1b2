"""Done steps are reused, cut-off ones go on, changed ones are made anew."""

import fcntl
import sys
import threading
import time
from dataclasses import replace

import pytest

from surgtools.errors import InputError
from surgtools.files import read_json
from tools.quickstart import steps as module
from tools.quickstart.steps import Step, StepFailed, StepRunner, in_words


def python(name: str, code: str, **options) -> Step:
    return Step(name, f"Do {name}", name, (sys.executable, "-c", code), **options)


def appending(out, name: str = "a", text: str = "x", **options) -> Step:
    """A step that adds a letter to a file in its folder each time it runs."""
    folder = out / name
    code = (
        f"import pathlib; p = pathlib.Path({str(folder)!r}); p.mkdir(exist_ok=True); "
        f"f = (p / 'runs').open('a'); f.write({text!r})"
    )
    return python(name, code, **options)


def runs(out, name: str = "a") -> str:
    return (out / name / "runs").read_text()


def test_second_run_reuses_and_says_so(tmp_path, capsys):
    for _ in range(2):
        StepRunner(tmp_path, 1).run(appending(tmp_path))
    assert runs(tmp_path) == "x"
    assert "reused: a" in capsys.readouterr().out


def test_cut_off_step_goes_on_in_its_folder(tmp_path, capsys):
    step = appending(tmp_path)
    failing = replace(step, good_codes=())  # the command runs, its end is not recorded
    with pytest.raises(StepFailed):
        StepRunner(tmp_path, 1).run(failing)
    StepRunner(tmp_path, 1).run(step)
    assert runs(tmp_path) == "xx"
    assert "going on where it stopped: a" in capsys.readouterr().out


def test_changed_step_is_made_anew(tmp_path, capsys):
    StepRunner(tmp_path, 1).run(appending(tmp_path, text="x"))
    StepRunner(tmp_path, 1).run(appending(tmp_path, text="y"))
    assert runs(tmp_path) == "y"
    assert "made anew: a" in capsys.readouterr().out


def test_change_upstream_runs_everything_after_it(tmp_path):
    ran = []
    for text in "xy":
        with StepRunner(tmp_path, 3) as runner:
            ran += [
                runner.run(appending(tmp_path, "a", text)),
                runner.run(appending(tmp_path, "b", needs=("a",))),
                runner.run(appending(tmp_path, "c")),
            ]
    assert ran == [True, True, True, True, True, False]


def test_changed_input_file_runs_the_step_again(tmp_path):
    picture = tmp_path / "p.jpg"
    picture.write_text("1")
    with StepRunner(tmp_path, 1) as runner:
        before = runner.key_of(appending(tmp_path, inputs=(picture,)))
        picture.write_text("12")
        assert runner.key_of(appending(tmp_path, inputs=(picture,))) != before


def test_words_about_speed_reach_the_command_and_not_the_key(tmp_path):
    step = python("a", "import sys; print(sys.argv[1:])")
    with StepRunner(tmp_path, 1) as runner:
        assert runner.key_of(step) == runner.key_of(replace(step, how=("--workers", "4")))
        runner.run(replace(step, how=("--workers", "4")))
    assert (tmp_path / "logs/a.log").read_text() == "['--workers', '4']\n"


def test_failure_names_the_log_and_stops(tmp_path):
    step = python("bad", "import sys; print('boom'); sys.exit(5)")
    with pytest.raises(StepFailed, match=r'"Do bad" ended with code 5; see .*logs/bad\.log'):
        StepRunner(tmp_path, 1).run(step)
    assert (tmp_path / "logs/bad.log").read_text() == "boom\n"


def test_other_good_codes_are_accepted(tmp_path):
    StepRunner(tmp_path, 1).run(python("a", "import sys; sys.exit(3)", good_codes=(0, 3)))
    assert read_json(tmp_path / ".steps/a.json")["done"] is True


@pytest.mark.parametrize(
    ("code", "text", "is_done"),
    [(2, "tool: 3 are too few", True), (2, "tool: disk full", False), (1, "are too few", False)],
)
def test_a_good_message_excuses_wrong_input_alone(tmp_path, code, text, is_done):
    step = python("a", f"import sys; print({text!r}, file=sys.stderr); sys.exit({code})")
    step = replace(step, good_messages=("are too few",))
    for _ in range(2):
        with StepRunner(tmp_path, 1) as runner:
            if is_done:
                runner.run(step)
                continue
            with pytest.raises(StepFailed, match=f"ended with code {code}; see .*a.log"):
                runner.run(step)
    assert read_json(tmp_path / ".steps/a.json")["done"] is is_done
    assert (tmp_path / "logs/a.log").is_file()


def test_shown_lines_are_short_and_the_log_is_whole(tmp_path, capsys):
    step = python("a", "print('keep 1'); print('drop')", show=lambda s: s if "keep" in s else None)
    StepRunner(tmp_path, 1).run(step)
    assert "    keep 1\n" in capsys.readouterr().out
    assert (tmp_path / "logs/a.log").read_text() == "keep 1\ndrop\n"


def test_lines_are_shown_while_the_command_runs(tmp_path, capsys):
    """The command ends only after the test has seen its line."""
    seen_file = tmp_path / "seen"
    code = (
        "import pathlib, time; print('early', flush=True)\n"
        f"while not pathlib.Path({str(seen_file)!r}).exists(): time.sleep(0.05)"
    )
    thread = threading.Thread(target=StepRunner(tmp_path, 1).run, args=(python("a", code),))
    thread.start()
    seen = ""
    while "early" not in seen and thread.is_alive():
        time.sleep(0.05)
        seen += capsys.readouterr().out
    seen_file.touch()
    thread.join()
    assert "early" in seen and "done after" not in seen


def test_two_quickstarts_in_one_folder_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LOCK_PATIENCE_S", 0)
    (tmp_path / ".steps").mkdir()
    with (tmp_path / ".steps/lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="another quickstart is writing here"):
            StepRunner(tmp_path, 1)
    StepRunner(tmp_path, 1)


def test_durations_are_those_of_the_run_that_made_the_result(tmp_path):
    step, taken = python("a", "import time; time.sleep(0.3)"), []
    for _ in range(2):
        with StepRunner(tmp_path, 1) as runner:
            runner.run(step)
            taken.append(runner.seconds([step])["Do a"])
    assert taken[0] == taken[1] >= 0.3


def test_step_without_what_it_requires_is_skipped(tmp_path, capsys):
    step = appending(tmp_path, requires=tmp_path / "model.pth")
    with StepRunner(tmp_path, 1) as runner:
        assert runner.run(step) is False
        assert runner.seconds([step]) == {}
        assert "skipped" in capsys.readouterr().out
        (tmp_path / "model.pth").write_text("")
        assert runner.run(step) is True


def test_the_time_a_step_takes_is_told_before_it_starts_and_not_of_a_reused_one(tmp_path, capsys):
    step = replace(appending(tmp_path), expected_s=130)
    for told in (1, 0):
        StepRunner(tmp_path, 1).run(step)
        assert capsys.readouterr().out.count("takes about 2 minutes") == told


def test_times_are_said_as_a_person_says_them():
    words = [in_words(seconds) for seconds in (1, 34, 55, 90, 100)]
    assert words == ["10 seconds", "30 seconds", "1 minute", "2 minutes", "2 minutes"]
