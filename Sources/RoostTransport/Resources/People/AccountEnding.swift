import RoostCore
import RoostNode

/// What has to be undone elsewhere before an account is gone, its memberships of groups for example. It may be called again
/// for the same user, and then does what is left.
public protocol AccountDeparture: Sendable {
    /// Takes the user out.
    /// - Returns: false when the owners of something could not be reached; then the account stays as it is, and the deletion can
    ///   be asked for again.
    func leave(_ user: UserName) async -> Bool
}

/// Deletes accounts, for their owners and for operators.
///
/// First the account is closed, so that nobody gets in and nothing more is sent to it; then what belongs to it elsewhere goes;
/// last the account says that it is deleted, and with that its mailbox goes at the owners. Every step may be done again.
public struct AccountEnding: Sendable {
    let access: AccountAccess
    let departures: [any AccountDeparture]

    /// Makes it.
    /// - Parameters:
    ///   - registers: where accounts are kept.
    ///   - departures: what has to be undone elsewhere first.
    public init(registers: any RegisterService, departures: [any AccountDeparture] = []) {
        access = AccountAccess(registers: registers)
        self.departures = departures
    }

    /// How a deletion ended.
    public enum Outcome: Equatable, Sendable {
        /// It is deleted, or was already.
        case deleted
        /// Nobody ever had this name.
        case unknownUser
        /// Some owners could not be reached. The account is closed or not; to ask again goes on with it.
        case unavailable
    }

    /// Deletes an account.
    public func delete(_ name: UserName) async -> Outcome {
        do throws(ResourceError) {
            try await end(name)
            return .deleted
        } catch {
            return error == .unknownUser ? .unknownUser : .unavailable
        }
    }

    func end(_ name: UserName) async throws(ResourceError) {
        let account = try await access.change(name, .close)
        guard account.state != .deleted else { return }
        for departure in departures {
            guard await departure.leave(name) else { throw .outcomeUnknown }
        }
        for claim in account.taken + account.pending {
            // Not waited for: once the account has forgotten the claim it is stale.
            _ = await access.registers.perform(HandleTaking.release(claim, of: name))
        }
        try await access.change(name, PeopleChange.clear)
        try await access.change(name, AccountChange.delete)
    }
}
