"""A graph network over keypoints, and stages of dilated convolutions over time.

Shapes: B videos, T frames (padded to the longest), V keypoints of P places, C and G features of a
keypoint and of a frame, D channels, L labels.

Sources: Yan et al., Spatial Temporal Graph Convolutional Networks, 2018 (partition by distance,
learnt weights of edges); Farha and Gall, MS-TCN, 2019 (stages, truncated smoothing loss).
"""

from collections.abc import Sequence

import torch
from mmengine.model import BaseModel
from mmengine.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional

from surgtools.gestures.features import KEYPOINT_FEATURES, num_frame_features

MOST_DEVIATIONS = 5.0
"""Normalized features are cut off here."""
SAME = 1e-3
"""A feature that deviates less is the same in all frames."""
PASSED_OVER = 1e9
"""The deviation that such a feature is given, so that no value of it counts."""
SMOOTHING, MOST_STEP = 0.15, 4.0
"""Weight of the smoothing loss, and where it is cut off (MS-TCN)."""


@MODELS.register_module()
class GestureNetwork(BaseModel):
    """Says which gesture each frame belongs to, or the whole video.

    Args:
        num_labels: L.
        sizes: number of keypoints of each place.
        bones: pairs of keypoints, counted over all places.
        whole: one answer for each video, from the mean over its frames.
        channels: D.
        layers: dilated layers of a stage; they see 2 ** (layers + 1) frames.
        stages: of them; the later ones look at the answers of the one before.
        dropout: of the stages.
    """

    def __init__(
        self,
        num_labels: int,
        sizes: Sequence[int],
        bones: Sequence[Sequence[int]],
        whole: bool = False,
        channels: int = 64,
        layers: int = 7,
        stages: int = 3,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        self.sizes, self.whole = list(sizes), whole
        num_keypoints, frame_features = sum(sizes), num_frame_features(len(sizes))
        graph_channels = channels // 2
        self.graph = SpatialTemporalGraphBlock(
            KEYPOINT_FEATURES, graph_channels, adjacency_by_distance(num_keypoints, bones)
        )
        joined = graph_channels * len(sizes) + frame_features
        stage = {"channels": channels, "layers": layers, "dropout": dropout}
        self.stages = nn.ModuleList(
            [TemporalStage(joined, num_labels, **stage)]
            + [TemporalStage(num_labels, num_labels, **stage) for _ in range(stages - 1)]
        )
        for name, shape in (("keypoint", (num_keypoints, KEYPOINT_FEATURES)),
                            ("frame", (frame_features,))):  # fmt: skip
            self.register_buffer(f"{name}_mean", torch.zeros(shape))
            self.register_buffer(f"{name}_std", torch.ones(shape))

    def set_statistics(self, keypoints: Tensor, frames: Tensor) -> None:
        """Learn mean and deviation of the features of all frames, (T, V, C) and (T, G).

        What is the same in all frames, as the scores of exact keypoints are, tells nothing. It is
        passed over, or other values of it would count as the largest deviations of all.
        """
        for name, values in (("keypoint", keypoints), ("frame", frames)):
            mean = values.nanmean(0)
            std = (values - mean).square().nanmean(0).sqrt()
            getattr(self, f"{name}_mean").copy_(mean.nan_to_num())
            std = std.nan_to_num(1.0)
            getattr(self, f"{name}_std").copy_(std.masked_fill(std < SAME, PASSED_OVER))

    def forward(
        self,
        keypoints: Tensor,
        frames: Tensor,
        mask: Tensor,
        labels: Tensor | None = None,
        mode: str = "predict",
    ) -> dict[str, Tensor] | Tensor:
        """Losses or probabilities.

        Args:
            keypoints: (B, T, V, C), NaN where not seen.
            frames: (B, T, G), likewise.
            mask: (B, T) bool, False beyond the end of a video.
            labels: (B, T), for ``mode="loss"``; of whole videos the same in all frames.

        Returns:
            ``loss``: one loss for each stage. ``predict``: (B, L, T) probabilities, of whole
            videos (B, L, 1).
        """
        answers = self._answers(keypoints, frames, mask)
        if mode == "predict":
            return answers[-1].softmax(1)
        target = labels[:, :1] if self.whole else labels.masked_fill(~mask, -100)
        losses = {}
        for n, answer in enumerate(answers):
            losses[f"loss_stage{n}"] = functional.cross_entropy(answer, target, ignore_index=-100)
            if not self.whole and answer.shape[-1] > 1:
                losses[f"loss_smooth{n}"] = SMOOTHING * _steps(answer, mask)
        return losses

    def _answers(self, keypoints: Tensor, frames: Tensor, mask: Tensor) -> list[Tensor]:
        """(B, L, T) of each stage, (B, L, 1) of whole videos."""
        nodes = self._normalized(keypoints, "keypoint").permute(0, 3, 1, 2)
        nodes = self.graph(nodes, mask)
        parts = [part.mean(-1) for part in nodes.split(self.sizes, -1) if part.shape[-1]]
        parts += [nodes.new_zeros(nodes.shape[:3])] * self.sizes.count(0)
        features = torch.cat([*parts, self._normalized(frames, "frame").transpose(1, 2)], 1)
        valid = mask[:, None].to(features.dtype)
        answers, given = [], features * valid
        for stage in self.stages:
            answer = stage(given, valid)
            answers.append(answer)
            given = answer.softmax(1) * valid
        if self.whole:
            count = valid.sum(-1, keepdim=True)
            answers = [(a * valid).sum(-1, keepdim=True) / count for a in answers]
        return answers

    def _normalized(self, values: Tensor, name: str) -> Tensor:
        mean, std = getattr(self, f"{name}_mean"), getattr(self, f"{name}_std")
        return ((values - mean) / std).clamp(-MOST_DEVIATIONS, MOST_DEVIATIONS).nan_to_num()


class SpatialTemporalGraphBlock(nn.Module):
    """One block of ST-GCN: over the graph, then over nine frames, with a residual.

    Its normalization is over channels and not over batches, which hold few and padded videos.

    Args:
        in_channels: C.
        channels: D of the output.
        adjacency: (S, V, V) normalized, S parts of the neighborhood.
        span: frames of the convolution over time.
    """

    def __init__(self, in_channels: int, channels: int, adjacency: Tensor, span: int = 9) -> None:
        super().__init__()
        self.register_buffer("adjacency", adjacency)
        self.importance = nn.Parameter(torch.ones_like(adjacency))
        self.spatial = nn.Conv2d(in_channels, channels * len(adjacency), 1)
        self.temporal = nn.Conv2d(channels, channels, (span, 1), padding=(span // 2, 0))
        self.residual = nn.Conv2d(in_channels, channels, 1)
        self.norms = nn.ModuleList(nn.LayerNorm(channels) for _ in range(2))

    def forward(self, nodes: Tensor, mask: Tensor) -> Tensor:
        """(B, C, T, V) to (B, D, T, V)."""
        if not nodes.shape[-1]:
            return nodes.new_zeros(len(nodes), self.residual.out_channels, *nodes.shape[2:])
        batch, _, time, count = nodes.shape
        spread = self.spatial(nodes).view(batch, len(self.adjacency), -1, time, count)
        spread = torch.einsum("bsdtv,svw->bdtw", spread, self.adjacency * self.importance)
        spread = self._norm(spread, 0).relu() * mask[:, None, :, None]
        return (self._norm(self.temporal(spread), 1) + self.residual(nodes)).relu()

    def _norm(self, values: Tensor, number: int) -> Tensor:
        return self.norms[number](values.movedim(1, -1)).movedim(-1, 1)


class TemporalStage(nn.Module):
    """One stage of MS-TCN: residual layers whose dilation doubles."""

    def __init__(
        self, in_channels: int, num_labels: int, channels: int, layers: int, dropout: float
    ) -> None:
        super().__init__()
        self.enter = nn.Conv1d(in_channels, channels, 1)
        self.dilated = nn.ModuleList(
            nn.Conv1d(channels, channels, 3, padding=2**n, dilation=2**n) for n in range(layers)
        )
        self.mixed = nn.ModuleList(nn.Conv1d(channels, channels, 1) for _ in range(layers))
        self.leave = nn.Conv1d(channels, num_labels, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, values: Tensor, valid: Tensor) -> Tensor:
        """(B, C, T) to (B, L, T); ``valid`` (B, 1, T) keeps the padding zero."""
        values = self.enter(values) * valid
        for dilated, mixed in zip(self.dilated, self.mixed, strict=True):
            values = (values + self.dropout(mixed(dilated(values).relu()))) * valid
        return self.leave(values)


def adjacency_by_distance(count: int, bones: Sequence[Sequence[int]]) -> Tensor:
    """(2, V, V): each keypoint itself, and its neighbors, whose columns sum to 1."""
    near = torch.zeros(count, count)
    for one, other in bones:
        near[one, other] = near[other, one] = 1.0
    return torch.stack([torch.eye(count), near / near.sum(0, keepdim=True).clamp(min=1.0)])


def _steps(answer: Tensor, mask: Tensor) -> Tensor:
    """Mean squared step of log probabilities from frame to frame, cut off; see MS-TCN."""
    logs = answer.log_softmax(1)
    steps = (logs[..., 1:] - logs[..., :-1].detach()).square().clamp(max=MOST_STEP**2)
    valid = mask[:, None, 1:].to(steps.dtype)
    return (steps * valid).sum() / (valid.sum() * answer.shape[1]).clamp(min=1.0)
