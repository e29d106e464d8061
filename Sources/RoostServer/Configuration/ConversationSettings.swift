import RoostCore
import RoostSession

/// What people may do in conversations through a node. A cluster's nodes are best told the same: each goes by its own.
public struct ConversationSettings: Equatable, Sendable {
    /// For how long what was sent may be edited; 0 for not at all.
    public var editMinutes: Int
    /// For how long it may be taken back; 0 for not at all.
    public var deletionMinutes: Int
    /// Most members of a group.
    public var groupMembers: Int

    /// Those of a node that is told nothing.
    public static let defaults = ConversationSettings(
        editMinutes: 15, deletionMinutes: 48 * 60, groupMembers: Limits.groupMembersMax)

    /// Makes settings.
    public init(editMinutes: Int, deletionMinutes: Int, groupMembers: Int) {
        self.editMinutes = editMinutes
        self.deletionMinutes = deletionMinutes
        self.groupMembers = groupMembers
    }

    /// A year: nobody looks for what was changed before.
    static let minutesMax = 365 * 24 * 60

    /// The same for a session.
    var changeWindows: ChangeWindows {
        ChangeWindows(
            editing: .seconds(UInt64(editMinutes) * 60), deletion: .seconds(UInt64(deletionMinutes) * 60))
    }

    func check() throws(SettingsError) {
        for (key, minutes) in [("edit-minutes", editMinutes), ("deletion-minutes", deletionMinutes)]
        where !(0...ConversationSettings.minutesMax).contains(minutes) {
            throw .invalid(key, "\(minutes)", "0 to \(ConversationSettings.minutesMax)")
        }
        guard (2...Limits.groupMembersMax).contains(groupMembers) else {
            throw .invalid("group-members", "\(groupMembers)", "2 to \(Limits.groupMembersMax)")
        }
    }
}
