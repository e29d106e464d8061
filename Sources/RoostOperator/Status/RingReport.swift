/// What the commands read of `GET /admin/v1/ring`.
public struct RingReport: Codable, Equatable, Sendable {
    /// The names of the members.
    public var members: [String]
    /// The owners' names of each slot.
    public var slots: [[String]]

    /// Makes a report.
    public init(members: [String], slots: [[String]]) {
        self.members = members
        self.slots = slots
    }
}
