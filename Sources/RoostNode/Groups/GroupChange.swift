import RoostConsensus
import RoostCore

/// A change to a group's list, as data.
public enum GroupChange: RegisterChange, Equatable, Sendable {
    /// Makes the group.
    case create(Group)
    /// Does what somebody wants. No more than `membersMax` are to be in the group after it.
    case edit(
        Group.Edit, by: Address, id: UInt64, atMilliseconds: UInt64, membersMax: Int = Limits.groupMembersMax)
    /// These versions are in order, and everybody has their events.
    case settle([GroupOrder.Settled])

    /// Decides on the stored list; empty bytes mean none.
    public func apply(to current: [UInt8]) -> RegisterDecision {
        if case .create(let group) = self {
            let value = group.encode()
            // A round that starts over may find what its own first attempt left, and others may have gone on from there.
            guard let stored = Group(stored: current) else { return .write(value) }
            return stored.made.first == group.made.first ? .keep : .refuse(reason: Group.Refusal.exists.rawValue)
        }
        guard !current.isEmpty else { return .refuse(reason: Group.Refusal.unknown.rawValue) }
        guard var group = Group(stored: current) else { return .refuse(reason: Group.Refusal.unreadable.rawValue) }
        let before = group
        do throws(Group.Refusal) {
            switch self {
            case .create: return .keep
            case .edit(let edit, let author, let id, let atMilliseconds, let membersMax):
                try group.make(edit, by: author, id: id, atMilliseconds: atMilliseconds, membersMax: membersMax)
            case .settle(let settled):
                group.settle(settled.map { ($0.version, $0.number) })
            }
        } catch {
            return .refuse(reason: error.rawValue)
        }
        guard group != before else { return .keep }
        let value = group.encode()
        // Long names make a list long before it has all the members it may have.
        guard value.count <= GroupChange.valueBytesMax else { return .refuse(reason: Group.Refusal.full.rawValue) }
        return .write(value)
    }
}

extension Group {
    /// The group in a register's value; `nil` when there is none that this version can read.
    public init?(stored value: [UInt8]) {
        guard !value.isEmpty else { return nil }
        do throws(ByteReaderError) {
            self = try Group(decoding: value)
        } catch {
            return nil
        }
    }
}
