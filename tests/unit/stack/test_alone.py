"""One command at a time in a folder, and nothing left over from one that was killed."""

import os
import subprocess
import sys

import pytest
from opengov_stack import alone
from opengov_stack.problems import Problem

SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")


@pytest.fixture
def sleeper():
    process = subprocess.Popen(SLEEP)
    yield process
    process.kill()
    process.wait()


def test_a_second_command_in_a_folder_is_refused_with_what_to_do(tmp_path):
    with (
        alone.alone(tmp_path),
        pytest.raises(Problem, match=r"(?s)runs already.*opengov stop"),
        alone.alone(tmp_path),
    ):
        pass


def test_the_folder_says_who_is_at_work_in_it(tmp_path):
    assert alone.holder(tmp_path / "missing") is None
    with alone.alone(tmp_path):
        assert alone.holder(tmp_path) == os.getpid()
    assert alone.holder(tmp_path) is None


def test_a_killed_command_holds_nothing_up(tmp_path):
    lines = "import sys, time, pathlib; from opengov_stack import alone"
    hold = "with alone.alone(pathlib.Path(sys.argv[1])): print(flush=True); time.sleep(60)"
    code = f"{lines}\n{hold}"
    killed = subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE)
    killed.stdout.readline()
    assert alone.holder(tmp_path) == killed.pid
    killed.kill()
    killed.communicate()

    with alone.alone(tmp_path):
        assert alone.holder(tmp_path) == os.getpid()


def test_servers_of_a_killed_run_are_stopped(tmp_path, sleeper):
    alone.remember(tmp_path, "solr", sleeper.pid)

    alone.stop_leftovers(tmp_path)

    assert sleeper.wait(1) != 0
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_has_the_number_of_one_that_is_gone_is_spared(tmp_path, sleeper):
    (tmp_path / "solr.server").write_text(f'[{sleeper.pid}, "some other day"]')

    alone.stop_leftovers(tmp_path)

    assert sleeper.poll() is None
    assert list(tmp_path.iterdir()) == []


def test_a_note_cut_short_stops_nobody(tmp_path):
    (tmp_path / "solr.server").write_text("")

    alone.stop_leftovers(tmp_path)

    assert list(tmp_path.iterdir()) == []
