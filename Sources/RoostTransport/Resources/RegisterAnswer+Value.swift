import RoostNode

extension RegisterAnswer {
    /// The value; throws what the client is told in its place. `refusal` says what that is when a change was refused.
    func value(
        refusal: (UInt8) -> ResourceError = { _ in .internalError }
    ) throws(ResourceError) -> [UInt8] {
        switch self {
        case .value(let value): return value
        case .refused(let reason): throw refusal(reason)
        case .unavailable: throw .unavailable
        case .outcomeUnknown: throw .outcomeUnknown
        }
    }
}
