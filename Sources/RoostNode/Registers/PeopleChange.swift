import RoostConsensus
import RoostCore

/// A change to a user's contacts and blocks, as data.
public enum PeopleChange: RegisterChange, Equatable, Sendable {
    /// Puts somebody on a list.
    case add(UserName, People.List)
    /// Takes somebody off a list.
    case remove(UserName, People.List)
    /// Empties both: the account is being deleted.
    case clear

    /// Why a change was refused. The raw value goes through the register.
    public enum Refusal: UInt8, Error, Equatable, Sendable, CaseIterable {
        /// The list is as long as it may be.
        case full = 1
        /// The stored lists could not be read.
        case unreadable = 2
    }

    /// Decides on the stored lists; empty bytes mean empty lists.
    public func apply(to current: [UInt8]) -> RegisterDecision {
        do throws(ByteReaderError) {
            var people = try People(decoding: current)
            switch self {
            case .add(let name, let list):
                guard people.add(name, to: list) else { return .refuse(reason: Refusal.full.rawValue) }
            case .remove(let name, let list): people.remove(name, from: list)
            case .clear: people = People()
            }
            let value = people == People() ? [] : people.encode()
            return value == current ? .keep : .write(value)
        } catch {
            return .refuse(reason: Refusal.unreadable.rawValue)
        }
    }
}
