import NIOCore
import RoostCore
import RoostNode
import RoostWire

/// What the links of one event loop tell the node. Every call is made on that loop.
public protocol PeerPortDelegate: AnyObject, Sendable {
    /// How this node introduces itself, asked anew for each link.
    func hello() -> PeerHello
    /// A node has introduced itself on an incoming link. False refuses it.
    func accepts(_ hello: PeerHello) -> Bool
    /// A message about users' data came.
    func received(_ message: PeerMessage, from peer: NodeID)
    /// A message about the ring came.
    func received(_ message: ControlMessage, from peer: NodeID)
    /// Everything that one read delivered has been passed on.
    func peerReadCycleEnded()
    /// A link to a node stands; it is in this life.
    func linkUp(to peer: NodeID, boot: BootCounter)
    /// The link to a node is down; it is tried again by itself.
    func linkDown(to peer: NodeID)
    /// Something was wrong with a peer's bytes, or with whom a link reached: for the log and a counter.
    func peerMisbehaved(_ address: String, _ text: String)
}
