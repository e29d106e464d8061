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
        var book = DamageBook()
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

    /// Parts of segments cannot be read. Returns the slots that lost something, and where.
    func damaged(_ corruptions: [LogCorruption]) -> [SlotDamage] {
        for corruption in corruptions {
            let slots: String =
                switch corruption.slots {
                case .these(let slots): "\(slots.count)"
                case .all: "all"
                }
            logger.error(
                "a part of the log cannot be read; its slots tell nothing until other owners' copies are here",
                metadata: [
                    "segment": "\(corruption.segment)", "bytes": "\(corruption.range)", "slots": "\(slots)",
                    "see": "roost log inspect",
                ])
        }
        let (slots, whole, log) = state.withLock { state in
            let (slots, whole) = state.book.damaged(corruptions, of: Array(slotCount.slots))
            return (slots, whole, state.log)
        }
        for segment in whole { log?.repaired(segment: segment) }
        return slots
    }

    /// This node alone is left to own slots of which parts can be had from nobody.
    func lost(damagedSlots: Int, messages: UInt64) {
        logger.error(
            "a part of what only this node is left to hold is lost for good; readers are told which numbers are missing",
            metadata: ["damaged-slots": "\(damagedSlots)", "messages": "at least \(messages)"])
    }

    /// A slot is whole again, as whole as it can be, or is not this node's any more.
    func restored(_ slot: Slot) {
        let (whole, log) = state.withLock { ($0.book.restored(slot), $0.log) }
        for segment in whole {
            logger.notice(
                "what a damaged segment lost is copied, or nobody has it; the segment goes",
                metadata: ["segment": "\(segment)"])
            log?.repaired(segment: segment)
        }
    }
}
