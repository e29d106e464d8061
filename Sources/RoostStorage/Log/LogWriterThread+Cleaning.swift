import Logging
import RoostCore
import RoostLog
import Synchronization

extension LogWriterThread {
    /// Looks for a victim at most this often: reports of dead bytes come with every acknowledgement.
    private static let cleanerLookInterval = TimeSpan.milliseconds(100)

    /// Everything but an append.
    func carryOut(_ command: LogCommand, now: Instant) {
        switch command {
        case .append:
            preconditionFailure("an append is no such command")
        case .release(let segment, let bytes):
            table.update(segment) { $0.deadBytes += bytes }
            isCleanerDue = true
        case .cleaned(let segment, let shard):
            follow(cleaner.cleaned(segment, by: shard))
        case .offered(let segment, let shards, let next):
            follow(cleaner.offered(segment, to: shards, next: next, now: now))
        case .damaged(let segment):
            table.update(segment) { $0.isDamaged = true }
            cleaner.damaged(segment)
            isCleanerDue = true
        case .repaired(let segment):
            table.update(segment) {
                $0.isRepaired = true
                $0.deadBytes = $0.accountedBytes
            }
            isCleanerDue = true
        }
    }

    /// Begins to empty a segment when that is worth it.
    func clean(now: Instant) {
        follow(cleaner.timerFired(now: now))
        guard isCleanerDue, cleaner.isIdle, deletions.isEmpty, now >= nextCleanerLook else { return }
        isCleanerDue = false
        nextCleanerLook = now + LogWriterThread.cleanerLookInterval
        let isShort = status.isDiskFull.load(ordering: .relaxed)
        if let victim = options.policy.victim(among: table.usages, newest: newest, isSpaceShort: isShort) {
            follow(cleaner.begin(victim))
        }
    }

    private func follow(_ step: LogCleaner.Step?) {
        defer { status.isCleaning.store(!cleaner.isIdle, ordering: .relaxed) }
        switch step {
        case .offer(let segment, let offset):
            guard let state = table[segment] else { return cleaner.damaged(segment) }
            reading.push(.clean(state.name, from: offset, skipsDamage: state.isRepaired), isUrgent: true)
        case .delete(let segment):
            deletions.append(segment)
            isCleanerDue = true
        case .abandon(let segment):
            table.update(segment) { $0.isUnanswered = true }
            logger.error("a shard did not answer for a segment: it is kept", metadata: ["segment": "\(segment)"])
            isCleanerDue = true
        case nil:
            break
        }
    }
}
