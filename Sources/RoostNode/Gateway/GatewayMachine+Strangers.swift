import RoostCore
import RoostSession

/// Whoever names people who do not exist, one after the other, looks for people who do. Each miss counts as looking somebody up;
/// who has none left has to wait before it may name anybody new, whether that one exists or not.
extension GatewayMachine {
    /// Whether the question is not asked now; then the client has been told.
    mutating func holdsBack(
        _ purpose: QuestionOperation.Purpose, session: GatewayToken, of user: Address, now: Instant,
        into actions: inout [ShardAction]
    ) -> Bool {
        guard let wait = strangers?.wait(user, now: now) else { return false }
        let milliseconds = wait.nanoseconds / 1_000_000 + 1
        let text = "too many who do not exist: wait \(milliseconds) ms"
        step(session, now: now, into: &actions) { machine, output in
            switch purpose {
            case .open(let key):
                machine.streamFailed(
                    key, .rateLimited, text, retryAfterMilliseconds: milliseconds, into: &output)
            case .queryHeld(let id, let key):
                machine.queryFailed(
                    id: id, key, .rateLimited, text, retryAfterMilliseconds: milliseconds, into: &output)
            case .checkRead, .copyTop, .queryRead:
                preconditionFailure("\(purpose) names nobody new")
            }
        }
        return true
    }

    /// Somebody was named who does not exist.
    mutating func namedNobody(_ session: GatewayToken, now: Instant) {
        guard let user = sessions[session]?.machine.user else { return }
        _ = strangers?.take(user, now: now)
    }
}
