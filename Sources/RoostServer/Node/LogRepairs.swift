import Logging
import RoostCore
import RoostLog
import RoostStorage
import Synchronization

/// Damaged segments and the slots that lost something in them: a segment goes when all of those have been copied anew.
final class LogRepairs: Sendable {
    private let slotCount: SlotCount
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        /// What has been lost and is not restored, by segment.
        var missing: [UInt32: Set<Slot>] = [:]
        /// Set when the log is open: it can tell of damage while it opens.
        var log: LogService?
    }

    /// - Parameters:
    ///   - slotCount: of the ring that the log is for.
    ///   - logger: is told of what is lost and restored.
    init(slotCount: SlotCount, logger: Logger) {
        self.slotCount = slotCount
        self.logger = logger
    }

    func connect(_ log: LogService) {
        state.withLock { $0.log = log }
    }

    /// A part of a segment cannot be read. Returns the slots that lost something.
    func damaged(_ corruption: LogCorruption) -> [Slot] {
        let slots: [Slot] =
            switch corruption.slots {
            case .these(let slots): slots
            case .all: Array(slotCount.slots)
            }
        logger.error(
            "a part of the log cannot be read; its slots tell nothing until other owners' copies are here",
            metadata: [
                "segment": "\(corruption.segment)", "bytes": "\(corruption.range)", "slots": "\(slots.count)",
                "see": "roost log inspect",
            ])
        guard !slots.isEmpty else {
            state.withLock { $0.log }?.repaired(segment: corruption.segment)
            return []
        }
        state.withLock { $0.missing[corruption.segment, default: []].formUnion(slots) }
        return slots
    }

    /// A slot is whole again, or is not this node's any more.
    func restored(_ slot: Slot) {
        let (whole, log) = state.withLock { state in
            for segment in state.missing.keys { state.missing[segment]?.remove(slot) }
            let whole = state.missing.filter { $0.value.isEmpty }.keys.sorted()
            for segment in whole { state.missing.removeValue(forKey: segment) }
            return (whole, state.log)
        }
        for segment in whole {
            logger.notice(
                "what a damaged segment lost is copied; the segment goes", metadata: ["segment": "\(segment)"])
            log?.repaired(segment: segment)
        }
    }
}
