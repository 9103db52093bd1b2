"""``surgtools data suggest``: the frames most worth labelling by hand."""

import argparse
import sys
from pathlib import Path

from surgtools.cli.data_arguments import add_max_frames, add_pictures
from surgtools.cli.model_arguments import add_model_arguments, models_of
from surgtools.cli.output_arguments import add_out_dir
from surgtools.cli.ranges import whole
from surgtools.cli.running_arguments import add_device
from surgtools.cli.sharing_arguments import add_engine
from surgtools.configs.adaptation_recipe import MAX_FRAMES
from surgtools.dataset_folder import PARTS
from surgtools.errors import InputError

TASK = "to_correct"
"""Folder of what the networks say, below ``--out-dir``."""

TOOLS = ("cvat-images", "label-studio")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_pictures(parser, what="without labels")
    add_out_dir(parser, "folder for suggestions.json and the suggested pictures")
    parser.add_argument(
        "--count", type=whole("[1, inf)"), metavar="N", default=30, help="frames to suggest"
    )
    parser.add_argument(
        "--to",
        choices=TOOLS,
        help="also write what the networks say of the suggested pictures to DIR/to_correct, as a "
        "task of this labelling tool",
    )
    add_max_frames(parser, "frames to look at, of all sources together", MAX_FRAMES)
    add_device(parser)
    add_engine(parser, "where frames are looked at")
    add_model_arguments(parser, exported=False)


def run(args: argparse.Namespace) -> int:
    if (args.out_dir / "suggestions.json").exists():
        raise InputError(f"{args.out_dir}: holds suggestions already; choose another --out-dir")
    if args.to and (args.out_dir / TASK).exists():
        raise InputError(f"{args.out_dir / TASK}: is there already; choose another --out-dir")
    import surgtools.register  # noqa: F401  (before any host)
    from surgtools.adaptation.frames.collect import collect_frames
    from surgtools.adaptation.labels.pair_proposer import PairProposer
    from surgtools.adaptation.labels.pre_annotations import pre_annotate
    from surgtools.adaptation.labels.proposals import propose
    from surgtools.adaptation.labels.suggest import suggest_frames
    from surgtools.cli.adapt_progress import adapt_progress
    from surgtools.files import write_json
    from surgtools.prediction.image_writer import write_image
    from surgtools.safe_names import path_to_write

    pair = models_of(args, exported=False).require_pair("suggest asks")
    asked = args.device, args.trust_checkpoint, "off", args.engine
    teacher = PairProposer.of(pair, 0.1, *asked)
    pool, problems = collect_frames(
        args.sources, args.out_dir / "pool", args.max_frames, held_out_share=0
    )
    with adapt_progress() as tell:
        proposals = propose(
            pool.read,
            range(len(pool)),
            teacher,
            progress=lambda done: tell("looking", done, len(pool)),
        )
    suggestions = suggest_frames(pool, proposals, args.count)
    at = {frame.file_name: index for index, frame in enumerate(pool.frames)}
    chosen = [at[suggestion.frame] for suggestion in suggestions]
    for suggestion, index in zip(suggestions, chosen, strict=True):
        target = path_to_write(args.out_dir / "images", suggestion.frame, "frames.json")
        write_image(target, pool.read(index), quality=95)
    if args.to:
        write_task(args.to, pre_annotate(pool, proposals, chosen).to_dict(), args.out_dir)
    write_json(args.out_dir / "suggestions.json", [vars(row) for row in suggestions], indent=1)
    for row in suggestions:
        print(f"{row.doubt:.2f}  {row.frame}  {row.reason}  ({row.file})")
    for problem in problems:
        print(f"surgtools data suggest: {problem.source}: {problem.message}", file=sys.stderr)
    print(f"{len(suggestions)} of {len(pool)} frames -> {args.out_dir / 'images'}")
    if args.to:
        print(f"to be corrected -> {args.out_dir / TASK}")
    return 0


def write_task(tool: str, content: dict, out: Path) -> None:
    """Write labels of ``out/images`` as a task of a labelling tool, with links to the pictures."""
    from surgtools.annotations.convert import FORMATS, DatasetPart, Options
    from surgtools.annotations.convert.dataset_parts import Losses

    part = DatasetPart(PARTS[0], content, out / "images")
    FORMATS[tool][1]([part], out / TASK, Options(), Losses())
