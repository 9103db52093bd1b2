"""What to generate and where: the settings of one run, checked before anything is written."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from data_gen.assets import load_assets, load_own_models
from data_gen.camera import load_camera
from data_gen.camera_rig import RigView
from data_gen.presets import load_preset
from surgtools.camera import read_camera
from surgtools.dataset_folder import ANNOTATIONS, PARTS
from surgtools.errors import InputError
from surgtools.files import read_json, write_json
from surgtools.taxonomy import SURGICAL
from surgtools.taxonomy.files import FILE_NAME, read_taxonomy, write_taxonomy

_SETTINGS = "generate.json"


@dataclass(frozen=True)
class Job:
    """The settings of one run; the fields are those of ``surgtools generate``.

    Attributes:
        num: frames of the whole dataset, of all shards together.
        shard: (i, n), this run makes the frames whose index is i - 1 modulo n.
        overrides: values laid over the preset.
        video: frames per clip; 0 makes single pictures.
        labels_only: layouts are labelled and not rendered.
        gestures: the clips show scripted gestures, see ``gesture_clips``.
        view: of a rig of cameras, for which the scenes are the same; None without one.
    """

    preset: str
    out: str
    num: int
    seed: int = 0
    split: str = "train"
    shard: tuple[int, int] = (1, 1)
    layers: bool = False
    labels_only: bool = False
    video: int = 0
    gestures: bool = False
    backgrounds: str | None = None
    textures: str | None = None
    hdris: str | None = None
    models: tuple[str, ...] = ()
    camera: str | None = None
    taxonomy: str | None = None
    view: RigView | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """DIR/SPLIT."""
        return Path(self.out) / self.split

    @property
    def seeds(self) -> list[int]:
        """What every frame's generator starts from, beside its index; splits never share one."""
        return [self.seed, PARTS.index(self.split)]

    def indices(self) -> list[int]:
        """Frame indices of this shard, ascending."""
        part, parts = self.shard
        unit = self.video or 1  # a clip stays in one shard
        return [i for i in range(self.num) if (i // unit) % parts == part - 1]

    def settings(self) -> dict:
        """Everything the pictures depend on, as JSON; ``num`` is not part of it."""
        content = asdict(self)
        for key in ("out", "num", "overrides"):
            content.pop(key)
        for key in ("taxonomy", "view", "labels_only", "gestures"):
            if not content[key]:  # as it was before there was a choice
                content.pop(key)
        if self.camera:
            content["camera"] = vars(read_camera(self.camera))
        if self.models:
            content["model_files"] = _digests(self.models)
        content["ranges"] = load_preset(self.preset, self.overrides)
        return _plain(content)


def at_camera_resolution(job: Job) -> Job:
    """The job at the resolution of its camera, unless it names one itself.

    Raises:
        InputError: the named one has another shape, which would squeeze the picture.
    """
    if job.camera is None:
        return job
    camera = load_camera(job.camera)
    given = job.overrides.get("resolution")
    if given is None:
        resolution = [camera.width, camera.height]
        return replace(job, overrides={**job.overrides, "resolution": resolution})
    width, height = given
    if abs(width * camera.height - height * camera.width) > max(camera.width, camera.height):
        raise InputError(
            f"--resolution {width}x{height} has another shape than {job.camera} "
            f"({camera.width}x{camera.height}); leave it out or give one of the same shape"
        )
    return job


def check_job(job: Job) -> None:
    """Read everything the user named, so that mistakes show before the first frame.

    Raises:
        InputError: names the option, file or key and what was expected.
    """
    if job.split not in PARTS:
        raise InputError(f"--split {job.split} is unknown; expected {', '.join(PARTS)}")
    if job.num < 1:
        raise InputError(f"--num {job.num}: at least 1 is expected")
    part, parts = job.shard
    if not 1 <= part <= parts:
        raise InputError(f"--shard {part}/{parts}: expected i/n with 1 <= i <= n")
    if job.gestures and not job.video:
        raise InputError("--gestures makes clips; add --video FRAMES, their length")
    if job.labels_only and ((job.video and not job.gestures) or job.layers or job.view):
        raise InputError(
            "--labels-only makes single layouts and no picture; leave --video, --layers and --rig "
            "out"
        )
    if job.view and job.layers:
        raise InputError("--rig and --layers exclude each other; run them one after the other")
    if job.view and load_camera(job.camera).distortion:
        raise InputError("--rig needs a --camera without distortion; leave `distortion` out")
    if job.video and job.layers:
        raise InputError("--video and --layers exclude each other; run them one after the other")
    ranges = load_preset(job.preset, job.overrides)
    width, height = ranges["resolution"]
    if not (32 <= width <= 8192 and 32 <= height <= 8192):
        raise InputError(f"--resolution {width}x{height}: 32 to 8192 pixels are expected")
    assets = load_assets(
        job.backgrounds, job.hdris, job.models, job.camera, job.textures, job.taxonomy
    )
    assets.labelled(ranges["instruments"]["kind_weights"])


def claim_folder(job: Job) -> None:
    """Make the folder this job's, or make sure that it is already.

    Raises:
        InputError: it cannot be written, or holds what other settings made.
    """
    path = job.folder / _SETTINGS
    settings = job.settings()
    _settle_taxonomy(job)
    if not path.exists():
        if (job.folder / ANNOTATIONS).exists():
            raise InputError(
                f"{job.folder}: holds a dataset this generator did not make; choose another "
                "--out-dir"
            )
        write_json(path, settings, indent=1)
        return
    before = read_json(path)
    if isinstance(before.get("camera"), str):  # earlier versions kept its name alone
        settings["camera"] = job.camera
    if "model_files" not in before:  # nor did they look into these
        settings.pop("model_files", None)
    if before != settings:
        key = _first_difference(before, settings)
        raise InputError(
            f"{job.folder}: was made with another `{key}`; choose another --out-dir or delete it"
        )


def _settle_taxonomy(job: Job) -> None:
    """Write what is labelled beside the splits, unless it is what everybody takes for granted.

    Raises:
        InputError: the dataset has another taxonomy already.
    """
    taxonomy = load_own_models(job.models, job.taxonomy)[1]
    path = Path(job.out) / FILE_NAME
    before = read_taxonomy(path) if path.exists() else None
    if before is None and any((Path(job.out) / part / ANNOTATIONS).exists() for part in PARTS):
        before = SURGICAL
    if before is not None and before.categories != taxonomy.categories:
        raise InputError(
            f"{job.out}: holds a dataset of other categories ({', '.join(before.classes)}; now "
            f"{', '.join(taxonomy.classes)}) or keypoints; choose another --out-dir"
        )
    if before is None and taxonomy != SURGICAL:
        write_taxonomy(taxonomy, path)


def _digests(models: Sequence[str]) -> dict[str, str]:
    """SHA-256 of every file that the models are read from, by its path."""
    from data_gen.instruments.mesh_files import files_of_mesh  # needs trimesh

    files: list[Path] = []
    for model in map(Path, models):
        files += [model] if model.suffix.lower() == ".blend" else files_of_mesh(model)
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _first_difference(a: Any, b: Any, where: str = "") -> str:
    if not (isinstance(a, dict) and isinstance(b, dict)):
        return where
    for key in [*a, *b]:
        if a.get(key) != b.get(key):
            return _first_difference(a.get(key), b.get(key), f"{where}.{key}" if where else key)
    return where


def _plain(content: Any) -> Any:
    """As JSON would give it back: tuples are lists, keys are strings."""
    if isinstance(content, Mapping):
        return {str(key): _plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(value) for value in content]
    return content
