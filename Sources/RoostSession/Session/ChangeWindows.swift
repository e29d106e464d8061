import RoostCore

/// For how long after it was sent a message may be changed by who has sent it.
public struct ChangeWindows: Equatable, Sendable {
    /// May be edited: long enough to mend a slip, too short to rewrite what was agreed.
    public var editing: TimeSpan
    /// May be taken back.
    public var deletion: TimeSpan

    /// Fifteen minutes, and two days.
    public static let standard = ChangeWindows(editing: .seconds(15 * 60), deletion: .seconds(48 * 60 * 60))

    /// Makes windows; zero for not at all.
    public init(editing: TimeSpan, deletion: TimeSpan) {
        self.editing = editing
        self.deletion = deletion
    }
}
