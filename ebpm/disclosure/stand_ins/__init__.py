"""Synthetic stand-ins: tables under the same contract that are about nobody."""

from ebpm.disclosure.stand_ins.stand_in import StandIn, stand_in

__all__ = ["StandIn", "stand_in"]
