"""Lines for several machines, and the file for Slurm: right by running them where that is possible."""

import os
import subprocess
from pathlib import Path

import pytest

from curation.errors import BadConfigError
from training.launch.lines import Cluster, Job, batch_file

FAKE_SRUN = """\
#!/bin/bash
# Two tasks of the given command, with the ranks that Slurm gives; asked to stop if a file says so.
shift
for TASK in 0 1; do
  SLURM_PROCID=$TASK SLURM_LOCALID=$TASK SLURM_NTASKS=2 "$@" &
  PIDS="${PIDS:-} $!"
done
if [ -e stop ]; then sleep 1; for PID in $PIDS; do pkill -TERM -P "$PID"; kill -TERM "$PID"; done; fi
CODE=0
for PID in $PIDS; do wait "$PID" || CODE=$?; done
exit $CODE
"""
FAKE_SCONTROL = '#!/bin/bash\nif [ "$1" = show ]; then echo first; echo second; else echo "$@" >> asked; fi\n'
FAKE_PYTHON = """\
#!/bin/bash
echo "$RANK $LOCAL_RANK $WORLD_SIZE $MASTER_ADDR $*" >> ran
trap 'exit 143' TERM
if [ -e stop ]; then sleep 30 & wait $!; fi
if [ -e fail ]; then exit 3; fi
mkdir -p runs/out/final && touch runs/out/final/record.json
"""


@pytest.fixture
def slurm(tmp_path: Path) -> Path:
    """A folder with a batch file, and stand-ins for srun, scontrol and python that note what is asked."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (("srun", FAKE_SRUN), ("scontrol", FAKE_SCONTROL), ("python", FAKE_PYTHON)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    text = batch_file(Cluster(2, 1), Job(), "runs/out", "my run.yaml", ("seed=1",))
    (tmp_path / "job.sbatch").write_text(text)
    return tmp_path


def submit(folder: Path) -> int:
    """Run the batch file as Slurm would."""
    environment = {"PATH": f"{folder}/bin:{os.environ['PATH']}", "SLURM_JOB_NODELIST": "n[1-2]"}
    environment["SLURM_JOB_ID"] = "17"
    return subprocess.run(["bash", "job.sbatch"], cwd=folder, env=environment, check=False).returncode


def test_a_job_starts_a_process_for_each_device(slurm: Path) -> None:
    """With rank, meeting place and arguments whole; a finished run is not queued again."""
    assert submit(slurm) == 0
    assert sorted((slurm / "ran").read_text().splitlines()) == [
        f"{rank} {rank} 2 first -m training run my run.yaml --set seed=1" for rank in (0, 1)
    ]
    assert not (slurm / "asked").exists()


def test_a_job_that_is_asked_to_stop_is_queued_again(slurm: Path) -> None:
    """The processes end with 143, having saved; the job is no failure."""
    (slurm / "stop").touch()
    assert submit(slurm) == 0
    assert (slurm / "asked").read_text() == "requeue 17\n"


def test_a_job_that_fails_is_not_queued_again(slurm: Path) -> None:
    """Its exit code is that of the run."""
    (slurm / "fail").touch()
    assert submit(slurm) == 3
    assert not (slurm / "asked").exists()


def test_what_slurm_is_asked_for_stands_in_the_file() -> None:
    """Machines, GPUs, time, partition and account, and a signal in good time."""
    text = batch_file(Cluster(8, 4), Job("py", "1:00:00", "gpu", "us"), "runs/out", "c.yaml")
    asked = [line.removeprefix("#SBATCH ") for line in text.splitlines() if line.startswith("#SBATCH")]
    wanted = "--nodes=8 --ntasks-per-node=4 --gpus-per-node=4 --time=1:00:00 --partition=gpu --account=us"
    assert {*wanted.split(), "--requeue", "--signal=TERM@300", "--job-name=py"} <= set(asked)


@pytest.mark.parametrize(
    ("cluster", "batch", "micro", "message"),
    [
        (Cluster(3, 8), 512, 1, "take a batch that is a multiple of 24"),
        (Cluster(8, 8), 512, 3, "take micro_batch 1 to 8"),
        (Cluster(1, 8), 8, 2, "take micro_batch 1"),
    ],
)
def test_a_batch_that_cannot_be_shared_out_is_refused(
    cluster: Cluster, batch: int, micro: int, message: str
) -> None:
    """Before a job waits for its machines."""
    with pytest.raises(BadConfigError, match="windows are no multiple of") as refused:
        cluster.check(batch, micro)
    assert str(refused.value).endswith(message)


def test_the_published_batch_on_64_devices_needs_eight_steps() -> None:
    """512 windows, one at a time on each."""
    assert Cluster(8, 8).check(512, 1) == 8


def test_lines_for_one_machine_and_for_many() -> None:
    """Every launcher runs the same command."""
    one, many = Cluster(1, 8).lines("c.yaml"), Cluster(4, 8).lines("c.yaml", ("seed=2",))
    assert one["here"] == "training run c.yaml --processes 8"
    assert one["torchrun"] == "torchrun --standalone --nproc-per-node=8 -m training run c.yaml"
    assert "--nnodes=4 --nproc-per-node=8" in many["torchrun"]
    assert many["torchrun"].endswith("-m training run c.yaml --set seed=2")
    assert many["deepspeed"].endswith("--no_local_rank --module training run c.yaml --set seed=2")
