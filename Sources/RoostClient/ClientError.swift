import RoostWire

/// Why something could not be done over the client port of a node. Each names the node it is about.
public enum ClientError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The text is not the address of a node.
    case invalidAddress(String)
    /// No connection could be made.
    case unreachable(url: String, reason: String)
    /// No answer in time.
    case timedOut(url: String, seconds: Int)
    /// The node answered with an HTTP status that is an error; `code` and `text` are its own words.
    case refused(url: String, status: Int, code: String, text: String)
    /// The answer was not what the protocol promises.
    case malformedAnswer(url: String, reason: String)
    /// The connection ended before the answer.
    case connectionLost(url: String)

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .invalidAddress(let text):
            "“\(text)” is not the address of a node; one looks like http://127.0.0.1:7400"
        case .unreachable(let url, let reason): "\(url) cannot be reached: \(reason)"
        case .timedOut(let url, let seconds): "\(url) did not answer within \(seconds) s"
        case .refused(let url, let status, let code, let text): "\(url) refused: \(text) (\(code), HTTP \(status))"
        case .malformedAnswer(let url, let reason): "\(url) answered something else than promised: \(reason)"
        case .connectionLost(let url): "\(url) closed the connection before it had answered"
        }
    }
}
