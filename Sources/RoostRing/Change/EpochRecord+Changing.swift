import RoostCore

/// The record after this one, as an operator's change makes it.
extension EpochRecord {
    /// The next record with the change made: members, settings and aborted moves, never a new move.
    public func changed(_ change: RingChange) throws(RingChangeError) -> EpochRecord {
        var draft = RecordDraft(self)
        switch change {
        case .add(let member):
            try draft.join(member)
        case .keep(let node):
            try draft.stay(node)
        case .remove(let node):
            try draft.leave(node)
        case .replace(let old, let member):
            try draft.join(member)
            try draft.leave(old)
        case .pause, .resume:
            let isPaused = change == .pause
            guard draft.movement.isPaused != isPaused else { throw .nothingToChange }
            draft.movement.isPaused = isPaused
        case .limit(let bytesPerSecond):
            guard draft.movement.bytesPerSecondMax != bytesPerSecond else { throw .nothingToChange }
            draft.movement.bytesPerSecondMax = bytesPerSecond
        case .abort:
            try draft.abort()
        case .acceptLoss(let lost):
            try draft.goOn(without: lost)
        }
        let record = draft.record
        do throws(RingError) {
            try record.check()
        } catch {
            throw .invalid(error)
        }
        guard change.movesReplicas else { return record }
        draft.movement.planned = UInt32(record.movesLeft)
        return draft.record
    }
}

extension RingChange {
    /// Whether it gives another answer to what is still to move.
    fileprivate var movesReplicas: Bool {
        switch self {
        case .add, .keep, .remove, .replace, .abort, .acceptLoss: true
        case .pause, .resume, .limit: false
        }
    }
}
