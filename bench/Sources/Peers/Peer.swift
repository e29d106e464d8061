import ArgumentParser
import RoostClient
import RoostWire

/// A server that Roost is compared with.
enum Peer: String, CaseIterable, ExpressibleByArgument {
    case relay, mosquitto, ejabberd

    var target: any LoadTarget {
        switch self {
        case .relay: RoostTarget(encoding: .proto)
        case .mosquitto: MQTTTarget()
        case .ejabberd: XMPPTarget()
        }
    }

    var protocolName: String {
        switch self {
        case .relay: "proto"
        case .mosquitto: "mqtt"
        case .ejabberd: "xmpp"
        }
    }

    /// Who a client is. These servers are started for the comparison alone, so the password is no secret.
    func credentials(_ number: Int) -> Credentials {
        switch self {
        case .relay: RelayServer.credentials(UInt64(number))
        case .mosquitto, .ejabberd: Credentials(user: "bench-\(number)", device: 0, token: "bench-password")
        }
    }
}

/// Where the server is.
struct PeerOptions: ParsableArguments {
    @Argument(help: "What the server is: relay, mosquitto or ejabberd.")
    var peer: Peer

    @Option(help: "Its address, as 127.0.0.1:1883.")
    var address: String

    @Option(help: "Its process id; otherwise found by the port.")
    var pid: Int?

    func server() throws -> (address: NodeAddress, process: ServerProcess) {
        let address = try NodeAddress(self.address)
        if let pid { return (address, ServerProcess(pid: pid, name: peer.rawValue)) }
        guard let found = try ServerProcess.listening(on: [address]).first else {
            throw BenchFailure("no process of this machine listens on \(address.authority)")
        }
        return (address, ServerProcess(pid: found.pid, name: peer.rawValue))
    }
}
