import HTTPTypes
import RoostCore
import RoostNode

/// Takes an account that is being deleted out of its groups.
///
/// Where it is the last admin the member that came first becomes one; where it is alone the group is dissolved.
public struct GroupDeparture: AccountDeparture {
    private let access: GroupAccess
    /// How often a group is tried that others change at the same time.
    private static let triesMax = 5

    /// Makes it.
    /// - Parameters:
    ///   - registers: where accounts and groups are kept.
    ///   - passwords: where random numbers come from.
    public init(registers: any RegisterService, passwords: any PasswordService) {
        access = GroupAccess(accounts: AccountAccess(registers: registers), passwords: passwords)
    }

    /// Takes the user out of all its groups, and makes sure that it is taken into no other.
    public func leave(_ user: UserName) async -> Bool {
        do throws(ResourceError) {
            for entry in try await access.change(user, .close).entries {
                try await leave(Address(group: entry.group), user)
                try await access.change(user, .remove(entry))
            }
            return true
        } catch {
            return false
        }
    }

    private func leave(_ address: Address, _ user: UserName) async throws(ResourceError) {
        for _ in 0..<GroupDeparture.triesMax {
            guard let group = try await access.group(address), group.contains(Address(user)) else { return }
            do throws(ResourceError) {
                _ = try await access.edit(address, GroupDeparture.next(for: Address(user), in: group), by: user)
            } catch {
                // The list was changed meanwhile, or waits for the group's messages: look again.
                guard error.status.code < 500 || error.answer.error.code == .overloaded else { throw error }
            }
        }
        throw .outcomeUnknown
    }

    /// What is to be done next so that somebody is out of a group.
    private static func next(for user: Address, in group: Group) -> Group.Edit {
        let others = group.presentMembers.filter { $0.address != user }
        guard group.member(user)?.isAdmin == true, !others.contains(where: \.isAdmin) else { return .leave }
        return others.first.map { .handOver(to: $0.address) } ?? .dissolve
    }
}
