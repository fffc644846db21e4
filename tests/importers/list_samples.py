"""Two short lists in two dialects, and what records a catalogue holds after an import."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from catalog import yaml_files

BADGES = """\
- **[1] FastV: An Image is Worth 1/2 Tokens After Layer 2**, ECCV 2024.

  *Chen, Liang and Zhao, Haozhe.*

  [[Paper](https://arxiv.org/abs/2403.06764)] [[Code](https://github.com/pkunlp-icler/FastV)] ![](https://img.shields.io/badge/FastV-blue) ![](https://img.shields.io/badge/Visual_Question_Answering-green) ![](https://img.shields.io/badge/Training_Free-brown) ![](https://img.shields.io/badge/Attention_Based-orange) ![](https://img.shields.io/badge/Odd_Tag-purple)

- **[2] Accelerating Diffusion Transformers with Token-wise Feature Caching**, arXiv 2024.
  [[Paper](https://arxiv.org/abs/2410.05317)] ![](https://img.shields.io/badge/ToCa-blue)

- **[3] Accelerating Diffusion Transformers with Dual Feature Caching**, arXiv 2024.
  *Chang Zou and Evelyn Zhang.*
  [[Paper](https://arxiv.org/abs/2410.05317)] ![](https://img.shields.io/badge/DuCa-blue)

- **[4] ---**, ECCV 2022.
"""  # noqa: E501
BOLD = """\
## Vision
#### 2024
* [**ICLR'25**] Accelerating diffusion transformers with token-wise feature caching [[Paper](https://arxiv.org/pdf/2410.05317v2)] [[Code](https://github.com/Shenyi-Z/ToCa)]
* [**ECCV'22**] PPT: token-Pruned Pose Transformer [[Paper](https://arxiv.org/pdf/2209.08194)]
* [arXiv] PPT: Token Pruning and Pooling for Efficient Vision Transformers [[Paper](https://arxiv.org/pdf/2310.01812)]
* [**CVPR'24**] FastV: An Image is Worth 1/2 Tokens After Layer 2 [[Paper](https://arxiv.org/pdf/2403.06764)]
"""  # noqa: E501


def records(root: Path) -> dict[str, dict[str, Any]]:
    return {
        path.stem: yaml_files.read(path)
        for path in sorted(root.glob("papers/*/*.yaml"))
        if path.parent.name.isdigit()
    }
