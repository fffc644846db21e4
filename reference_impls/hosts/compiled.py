"""Code that `torch.compile` made runs without the hooks of the module that it was made of: a method that acts
inside would silently do nothing. So it is refused, in the model itself and in the parts where a method acts.
"""

from __future__ import annotations

from typing import Any

from torch import nn

from reference_impls.hosts.attachment import Attachment, Hook, Shadow


def refuse_compiled(model: Any) -> None:
    """Raise ValueError for a model that is compiled as a whole."""
    how = _compiled(model)
    if how is not None:
        raise ValueError(f"code that torch.compile made passes hooks by: attach to the model itself, {how}")


def refuse_compiled_parts(attachment: Attachment, model: nn.Module) -> None:
    """Raise ValueError where a part of the model is compiled that the attachment acts in or below."""
    for path, part in model.named_modules():
        if (
            path
            and _compiled(part) is not None
            and any(_acts_in(attachment, inner) for inner in part.modules())
        ):
            raise ValueError(
                f"code that torch.compile made passes hooks by, and {attachment.method} acts inside this "
                f"model's {path}, which is compiled: attach to a model in which it is not"
            )


def _compiled(module: Any) -> str | None:
    """What to attach to instead; None for a module that nothing compiled."""
    if getattr(module, "_orig_mod", None) is not None:
        return "its _orig_mod"
    if getattr(module, "_compiled_call_impl", None) is not None:
        return "one that was not compiled"
    forward = getattr(module, "forward", None)
    # torch.compiler.disable leaves the same mark, on code that it keeps from being compiled.
    made = hasattr(forward, "_torchdynamo_orig_callable") and not getattr(
        forward, "_torchdynamo_disable", False
    )
    return "one whose forward was not compiled" if made else None


def _acts_in(attachment: Attachment, module: nn.Module) -> bool:
    hooks = (*module._forward_pre_hooks.values(), *module._forward_hooks.values())
    if any(isinstance(hook, Hook) and hook.attachment is attachment for hook in hooks):
        return True
    return any(isinstance(value, Shadow) for value in vars(module).values())
