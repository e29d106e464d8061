/// What the commands read of the answer of `POST /admin/v1/ring/change`: the change is decided.
public struct ChangeAccepted: Codable, Equatable, Sendable {
    /// The ring that it became.
    public var epoch: UInt64
}
