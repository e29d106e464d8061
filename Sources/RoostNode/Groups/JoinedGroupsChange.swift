import RoostConsensus
import RoostCore

/// A change to the list of groups that a user may be in, as data.
public enum JoinedGroupsChange: RegisterChange, Equatable, Sendable {
    /// Notes a group.
    case add(JoinedGroups.Entry)
    /// Forgets it, unless it was noted again since.
    case remove(JoinedGroups.Entry)
    /// Takes up no more: the account is being deleted.
    case close

    /// Why a change was refused. The raw value goes through the register.
    public enum Refusal: UInt8, Error, Equatable, Sendable, CaseIterable {
        /// The list is as long as it may be.
        case full = 1
        /// The account is being deleted.
        case closed = 2
        /// The stored list could not be read.
        case unreadable = 3
    }

    /// Decides on the stored list; empty bytes mean an empty one.
    public func apply(to current: [UInt8]) -> RegisterDecision {
        do throws(ByteReaderError) {
            var joined = try JoinedGroups(decoding: current)
            let before = joined
            switch self {
            case .add(let entry):
                guard !joined.isClosed else { return .refuse(reason: Refusal.closed.rawValue) }
                guard joined.add(entry) else { return .refuse(reason: Refusal.full.rawValue) }
            case .remove(let entry): joined.remove(entry)
            case .close: joined.close()
            }
            return joined == before ? .keep : .write(joined.encode())
        } catch {
            return .refuse(reason: Refusal.unreadable.rawValue)
        }
    }
}
