import RoostCore

/// What an operator wants of the ring. It is decided as an epoch of its own, which moves nothing yet; the moves follow in
/// later epochs, a few slots at a time.
public enum RingChange: Equatable, Sendable {
    /// This node, which waits, becomes a member and gets its share.
    case add(Member)
    /// This member, which is leaving, stays. One that has left by now is not brought back: its process is gone.
    case keep(NodeID)
    /// This member gives its share away and leaves. One that is dead needs no part in it.
    case remove(NodeID)
    /// A node that waits takes the place of a member, alive or dead.
    case replace(NodeID, with: Member)
    /// Nothing more begins to move.
    case pause
    /// Moving goes on.
    case resume
    /// What a node takes in of other nodes' copies, bytes a second at most; 0 for no limit.
    case limit(bytesPerSecond: UInt64)
    /// Who was coming goes, who was leaving stays.
    case abort
    /// These members' disks are lost for good: slots whose majority was on them go on with what is left, and what was only
    /// there is lost.
    case acceptLoss([NodeID])
}

extension RingChange {
    /// The members whose disks are given up by it.
    public var lost: [NodeID] {
        if case .acceptLoss(let lost) = self { lost } else { [] }
    }

    /// The node that it brings in; `nil` when it brings in none.
    public var newcomer: NodeID? {
        switch self {
        case .add(let member), .replace(_, with: let member): member.id
        case .keep, .remove, .pause, .resume, .limit, .abort, .acceptLoss: nil
        }
    }
}

/// Why a change of the ring cannot be made.
public enum RingChangeError: Error, Equatable, Sendable {
    /// The node is a member already.
    case alreadyMember(String)
    /// Another member has this name.
    case nameTaken(String)
    /// No member has this id.
    case notAMember(NodeID)
    /// The member is leaving already.
    case alreadyLeaving(String)
    /// Nobody would be left.
    case wouldBeEmpty
    /// Nobody is coming or leaving.
    case nothingToAbort
    /// Nothing would be different.
    case nothingToChange
    /// The node was removed while the change waited: its process ends, and its directory is of no use any more.
    case removedMeanwhile(String)
    /// No slot has lost its majority with these members.
    case nothingLost
    /// The record that would come of it breaks a rule.
    case invalid(RingError)
}
