import RoostCore

/// How it stands with a person, as far as the one who asks may know.
public enum PresenceState: Hashable, Sendable {
    /// Not for the one who asks: the person does not show it, or has blocked the one who asks, or there is no such person; or
    /// it cannot be found out at the moment. Which of these it is, is not told.
    case unknown
    /// Some device of the person is connected.
    case online
    /// No device is connected. When one last was, milliseconds since 1970; 0 when nobody knows of any time.
    case offline(lastSeenMilliseconds: UInt64)
}

extension ServerFrame {
    /// The fields of `typing`.
    public struct Typing: Equatable, Sendable {
        /// Who is writing.
        public var from: Address
        /// The group in which that person is; `nil` between two people.
        public var group: Address?
        /// The person is recording.
        public var isRecording: Bool
        /// How much longer it is to be shown, unless it is said again.
        public var milliseconds: UInt32

        /// Makes a `typing`.
        public init(from: Address, group: Address? = nil, isRecording: Bool, milliseconds: UInt32) {
            self.from = from
            self.group = group
            self.isRecording = isRecording
            self.milliseconds = milliseconds
        }
    }
}
