"""The lines that start a run on several machines, and the batch file for Slurm.

    Cluster(nodes=2, gpus=8).lines("my.yaml")
    -> {"torchrun": "torchrun --nnodes=2 ...", "deepspeed": "deepspeed --hostfile hostfile ...", ...}

They call the same `training run` as one machine does, which goes on where it was: a job that was cancelled or
requeued is the same command again. Writes text, starts nothing.
"""

import shlex
from typing import NamedTuple

from curation.errors import BadConfigError

PORT = 29500
"""Where the processes meet on the first machine; torchrun's own default."""
LEAD_SECONDS = 300
"""Before the end of its time, in seconds, a job is asked to save and stop."""
CPUS_PER_GPU = 8
"""Cores asked of Slurm for each GPU: the training process, its loaders, and what copies."""


class Cluster(NamedTuple):
    """Machines that train together."""

    nodes: int
    """Machines."""
    gpus: int
    """GPUs, and so processes, of each."""

    @property
    def devices(self) -> int:
        """Processes in all."""
        return self.nodes * self.gpus

    def check(self, batch: int, micro_batch: int) -> int:
        """Steps of gradient accumulation.

        Args:
            batch: Windows of one optimiser step.
            micro_batch: Windows that a device handles at once.

        Raises:
            BadConfigError: If devices and micro-batch do not divide the batch.
        """
        at_once = self.devices * micro_batch
        if batch % at_once:
            fitting = [size for size in range(1, batch + 1) if batch % (self.devices * size) == 0]
            advice = (
                f"take micro_batch {fitting[0]}" + (f" to {fitting[-1]}" if len(fitting) > 1 else "")
                if fitting
                else f"take a batch that is a multiple of {self.devices}"
            )
            raise BadConfigError(
                f"optimiser.batch: {batch} windows are no multiple of {self.devices} devices x micro_batch "
                f"{micro_batch}; {advice}"
            )
        return batch // at_once

    def lines(self, config: str, overrides: tuple[str, ...] = ()) -> dict[str, str]:
        """Name of a launcher -> the line to type, on each machine for torchrun, on the first for deepspeed.

        Args:
            config: Path of the configuration.
            overrides: As given to --set.
        """
        run = _run(config, overrides)
        command = run.removeprefix("-m ")
        if self.nodes == 1:
            return {
                "here": f"{command} --processes {self.gpus}",
                "torchrun": f"torchrun --standalone --nproc-per-node={self.gpus} {run}",
                "deepspeed": f"deepspeed --num_gpus={self.gpus} --no_local_rank --module {command}",
            }
        return {
            "torchrun": (
                f"torchrun --nnodes={self.nodes} --nproc-per-node={self.gpus} --rdzv-backend=c10d "
                f'--rdzv-id=starcoder --rdzv-endpoint="$FIRST_NODE:{PORT}" {run}'
            ),
            "deepspeed": (
                f"deepspeed --hostfile=hostfile --num_nodes={self.nodes} --num_gpus={self.gpus} "
                f"--master_port={PORT} --no_local_rank --module {command}"
            ),
        }


class Job(NamedTuple):
    """What Slurm is asked for beside machines."""

    name: str = "starcoder"
    """Of the job, and of its logs."""
    time: str = "24:00:00"
    """Longest time, as Slurm writes it."""
    partition: str | None = None
    account: str | None = None


def batch_file(cluster: Cluster, job: Job, output: str, config: str, overrides: tuple[str, ...] = ()) -> str:
    """A file for sbatch: one process for each GPU, told to save before the time is over, then queued again.

    Slurm starts the processes itself, because torchrun kills its own 30 seconds after it is asked to stop.

    Args:
        cluster: Machines.
        job: Name, time, partition, account.
        output: Folder of the run, from where sbatch is called.
        config: Path of the configuration, from where sbatch is called.
        overrides: As given to --set.
    """
    asked = [
        f"--job-name={job.name}",
        f"--nodes={cluster.nodes}",
        f"--ntasks-per-node={cluster.gpus}",
        f"--gpus-per-node={cluster.gpus}",
        f"--cpus-per-task={CPUS_PER_GPU}",
        f"--time={job.time}",
        *([f"--partition={job.partition}"] if job.partition else []),
        *([f"--account={job.account}"] if job.account else []),
        "--output=%x-%j.log",
        "--open-mode=append",
        "--requeue",
        f"--signal=TERM@{LEAD_SECONDS}",
    ]
    head = "\n".join(f"#SBATCH {line}" for line in asked)
    run = _run(config, overrides).replace("'", "'\\''")
    return _BODY.format(head=head, port=PORT, run=run, final=shlex.quote(f"{output}/final"))


_BODY = """\
#!/bin/bash
{head}
set -euo pipefail

# All processes meet on the first machine; Slurm starts one for each GPU, which tells its rank by itself.
MASTER_ADDR=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | sed -n 1p)
export MASTER_ADDR MASTER_PORT={port} OMP_NUM_THREADS=${{OMP_NUM_THREADS:-4}}

# Before its time is over, every process is asked to stop: it saves after the step at hand and ends with 143.
srun --kill-on-bad-exit=1 bash -c '
  export RANK=$SLURM_PROCID LOCAL_RANK=$SLURM_LOCALID WORLD_SIZE=$SLURM_NTASKS
  trap : TERM
  CODE=0
  python {run} & CHILD=$!
  while wait "$CHILD" || CODE=$?; kill -0 "$CHILD" 2>/dev/null; do CODE=0; done
  if [ "$CODE" = 143 ]; then exit 0; fi
  exit "$CODE"
'

# Stopped and not finished: the same again. `training run` goes on from its newest whole checkpoint.
if [ ! -e {final}/record.json ]; then scontrol requeue "$SLURM_JOB_ID"; fi
"""


def _run(config: str, overrides: tuple[str, ...]) -> str:
    """What each process runs."""
    settings = "".join(f" --set {shlex.quote(override)}" for override in overrides)
    return f"-m training run {shlex.quote(config)}{settings}"
