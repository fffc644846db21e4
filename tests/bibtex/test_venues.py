"""Which venue the name of a volume or journal means."""

from __future__ import annotations

from time import process_time

import pytest

from catalog.bibtex import resolve_venue
from catalog.vocabulary import Venue, Vocabulary
from tests.bibtex.papers import with_real_venues


def venues(**types: str) -> Vocabulary:
    names = {
        "ACL": "Annual Meeting of the Association for Computational Linguistics",
        "Findings_of_ACL": "Findings of the Association for Computational Linguistics: ACL",
        "Findings_of_EMNLP": "Findings of the Association for Computational Linguistics: EMNLP",
        "ICML": "International Conference on Machine Learning",
        "ICMLW": "Workshops of the International Conference on Machine Learning",
        "ICCV": "IEEE/CVF International Conference on Computer Vision",
        "ECCV": "European Conference on Computer Vision",
    }
    made = {}
    for key, kind in types.items():
        label = key.replace("_", " ")
        made[label] = Venue.model_validate(
            {
                "key": label,
                "label": label.replace("ICMLW", "ICML Workshop"),
                "definition": names[key],
                "type": kind,
            }
        )
    return Vocabulary({"venue": made})


@pytest.mark.parametrize(
    ("text", "venue"),
    [
        ("Proceedings of the 62nd Annual Meeting of the Association for Computational Linguistics", "ACL"),
        ("Findings of the Association for Computational Linguistics: ACL 2024", "Findings of ACL"),
        ("Findings of the ACL: EMNLP 2023", "Findings of EMNLP"),
        ("Forty-first International Conference on Machine Learning", "ICML"),
        ("ICML'24", "ICML"),
        ("ICML 2024 Workshop on Efficient Systems", "ICMLW"),
        ("Workshop on Efficient Systems for Foundation Models II @ ICML2024", "ICMLW"),
        ("International Conference on Machine Learning Workshops", "ICMLW"),
        ("Proceedings of the IEEE/CVF International Conference on Computer Vision", "ICCV"),
        ("Proceedings of the IEEE international conference on computer vision", "ICCV"),
        ("Computer Vision – ECCV 2024: 18th European Conference", "ECCV"),
        ("Journal of Nothing", None),
        ("", None),
    ],
)
def test_a_booktitle_names_its_venue_and_never_the_main_conference_for_a_side_event(
    text: str, venue: str | None
) -> None:
    vocabulary = venues(
        ACL="conference",
        Findings_of_ACL="findings",
        Findings_of_EMNLP="findings",
        ICML="conference",
        ICMLW="workshop",
        ICCV="conference",
        ECCV="conference",
    )
    assert resolve_venue(text, vocabulary) == venue


def test_findings_and_workshops_resolve_to_nothing_where_only_the_conference_is_known() -> None:
    vocabulary = venues(ACL="conference", ICML="conference")
    assert (
        resolve_venue("Findings of the Association for Computational Linguistics: ACL 2024", vocabulary)
        is None
    )
    assert resolve_venue("ICML 2024 Workshop on Efficient Systems", vocabulary) is None


REAL_VENUES = with_real_venues(Quantum="Quantum", Nature="Nature")


@pytest.mark.parametrize(
    ("text", "venue"),
    [
        ("Quantum", "Quantum"),
        ("Nature, vol. 12, no. 3", "Nature"),
        ("Proc. AAAI", "AAAI"),
        ("AAAI 2024, Vancouver", "AAAI"),
        ("ICLR (Poster)", "ICLR"),
        ("ICML July 2024", "ICML"),
        ("To appear in ICML", "ICML"),
        ("Annual Meeting of the ACL", "ACL"),
        ("ACL/IJCNLP (1)", "ACL"),
        ("IEEE ICRA", "ICRA"),
        ("ESEC/FSE 2023", "FSE"),
        ("Interspeech 2023, Dublin, Ireland", "Interspeech"),
        ("The Twelfth International Conference on Learning Representations", "ICLR"),
        ("Forty-second International Conference on Machine Learning Position Paper Track", "ICML"),
        ("Proceedings of the 41st International Conference on Machine Learning, ICML 2024, Vienna", "ICML"),
        ("Advances in Neural Information Processing Systems 37", "NeurIPS"),
        ("31st International Conference on Neural Information Processing Systems", "NeurIPS"),
        (
            "Thirty-eight Conference on Neural Information Processing Systems Datasets and Benchmarks Track",
            "NeurIPS",
        ),
        ("2024 IEEE/CVF Conference on Computer Vision and Pattern Recognition (CVPR)", "CVPR"),
        ("Computer Vision - ECCV 2024 - 18th European Conference, Milan, Proceedings, Part IX", "ECCV"),
        ("MM '24: Proceedings of the 32nd ACM International Conference on Multimedia", "ACM MM"),
        ("KDD '22: The 28th ACM SIGKDD Conference on Knowledge Discovery and Data Mining, USA", "KDD"),
        ("2023 Design, Automation & Test in Europe Conference & Exhibition (DATE)", "DATE"),
        ("IEEE International Conference on Acoustics, Speech, and Signal Processing", "ICASSP"),
        (
            "59th Annual Meeting of the Association for Computational Linguistics and the 11th IJCNLP (1)",
            "ACL",
        ),
        ("Findings of the Association for Computational Linguistics: EMNLP 2024", "Findings of EMNLP"),
        ("Findings of the Association for Computational Linguistics: ACL-IJCNLP 2021", "Findings of ACL"),
        ("Workshop on Efficient Systems at the International Conference on Machine Learning", "ICMLW"),
        ("arXiv e-prints, page arXiv:2403.06764", "arXiv"),
        ("CoRR abs/2403.06764", "arXiv"),
        ("Trans. Mach. Learn. Res.", "TMLR"),
        ("IEEE Trans. Pattern Anal. Mach. Intell.", "TPAMI"),
        ("Trans. Assoc. Comput. Linguistics", "TACL"),
        ("IEEE Trans. Circuits Syst. Video Technol.", "TCSVT"),
        ("Int. J. Comput. Vis.", "IJCV"),
        ("Proc. IEEE/CVF Conf. Comput. Vis. Pattern Recognit., Jun. 2021, pp. 1-10", "CVPR"),
        ("Proc. 38th Int. Conf. Mach. Learn.", "ICML"),
        ("Proc. Eur. Conf. Comput. Vis.", "ECCV"),
        ("Adv. Neural Inf. Process. Syst.", "NeurIPS"),
        ("in Proc. Int. Conf. Learn. Represent.", "ICLR"),
    ],
)
def test_a_venue_is_known_among_proceedings_ordinals_tracks_places_and_months(text: str, venue: str) -> None:
    assert resolve_venue(text, REAL_VENUES) == venue


@pytest.mark.parametrize(
    "text",
    [
        "ACM Transactions on Quantum Computing",
        "ACM TRANSACTIONS ON QUANTUM COMPUTING",
        "npj Quantum Information",
        "Nature Physics",
        "Physics, Nature and Quantum",
        "International Conference on Machine Learning and Applications",
        "2023 International Conference on Machine Learning and Applications (ICMLA)",
        "International Conference on Machine Learning and Applications Workshops",
        "SIGKDD Explorations",
        "International Conference on Computer Vision and Graphics",
        "IJCV and Robotics",
        "International Conference on Robotics and Automation Engineering",
        "International Conference on Artificial Intelligence",
        "ACM Transactions on Multimedia",
        "IEEE Transactions on Image Processing II",
        "European Chapter of the ACL",
        "Under review at ICLR 2024",
        "Findings of the Association for Computational Linguistics: EACL 2023",
        "Int. Conf. Mach. Learn. Appl.",
        "Proc. Mach. Learn. Res.",
        "ACM Trans. Multimedia",
        "Proc. Int. Conf. Mach. Learn., Workshop on Tokens",
        "Proc. Int. Conf. Mach. Learn., Wkshp. Tokens",
        "Conf. Comput. Vis.",
        "J. Mach. Learn.",
    ],
)
def test_a_name_that_is_part_of_another_venues_name_is_not_that_venue(text: str) -> None:
    assert resolve_venue(text, REAL_VENUES) is None


JOURNALS = Vocabulary(
    {
        "venue": {
            name: Venue.model_validate({"key": name, "label": name, "definition": name, "type": "journal"})
            for name in ("Journal of Physics", "Physical Review", "Physical Review A", "Royal Society B")
        }
    }
)


@pytest.mark.parametrize(
    ("text", "venue"),
    [
        ("Journal of Physics", "Journal of Physics"),
        ("Journal of Physics: Condensed Matter", None),
        ("Journal of Physics A: Mathematical and Theoretical", None),
        ("J. Phys.: Condens. Matter", None),
        ("Physical Review, vol. 12: 3", "Physical Review"),
        ("Physical Review", "Physical Review"),
        ("Physical Review A", "Physical Review A"),
        ("Physical Review A 65", "Physical Review A"),
        ("Physical Review B", None),
        ("Phys. Rev.", "Physical Review"),
        ("Phys. Rev. A 65", "Physical Review A"),
        ("Phys. Rev. B", None),
        ("Royal Society B: Biological Sciences", "Royal Society B"),
    ],
)
def test_a_journal_is_told_from_its_sisters_by_section_and_by_what_follows_a_colon(
    text: str, venue: str | None
) -> None:
    assert resolve_venue(text, JOURNALS) == venue


def test_a_text_that_is_no_name_of_a_venue_is_not_looked_through() -> None:
    vocabulary = venues(ICML="conference")
    assert resolve_venue("ICML", vocabulary) == "ICML"
    started = process_time()
    assert resolve_venue("ICML " * 12_000, vocabulary) is None
    assert process_time() - started < 1
