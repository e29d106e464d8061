import RoostNode
import RoostWire

/// A directory that is not what its node was answers for nothing: no peer hears a word of it about users' data, nor a vote.
extension Simulation {
    /// A node says something on a link that stands.
    mutating func checkStranger(_ frame: PeerFrame, from index: Int) {
        guard let stranger = nodes[index].stranger else { return }
        switch frame {
        case .message(let message):
            violate(.directories, "n\(index), \(stranger.rawValue), says \(message)")
        case .control(.epochPromised), .control(.epochAccepted):
            violate(.directories, "n\(index), \(stranger.rawValue), votes on the next ring")
        case .control, .hello, .ping, .pong:
            break
        }
    }
}
