import RoostCore
import RoostSession

/// How it stands with an address that sessions watch.
public enum WatchedState: Hashable, Sendable {
    /// Whether a person is there.
    case person(PresenceState)
    /// How far the members of a group are.
    case group(GroupProgress)

    /// Nothing that whoever asks may know, or can be told at the moment: of a person and of a group alike.
    public static let unknown = WatchedState.person(.unknown)

    /// What a session is shown.
    func shown(sharesReads: Bool) -> WatchedState {
        guard case .group(let progress) = self, !sharesReads else { return self }
        return .group(progress.withoutReads)
    }

    /// The frame that shows it.
    func frame(of address: Address) -> ServerFrame {
        switch self {
        case .person(let state): .presence(user: address, state)
        case .group(let progress): .groupReceipt(group: address, progress)
        }
    }
}
