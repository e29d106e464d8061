/// One of the servers that are compared. The text is part of the names of its reports.
enum Subject: String, CaseIterable, Codable {
    case relay
    case oneNode = "roost-1"
    case threeNodes = "roost-3"
    case mosquitto
    case ejabberd

    var name: String {
        switch self {
        case .relay: "bare relay"
        case .oneNode: "Roost, one node"
        case .threeNodes: "Roost, three nodes"
        case .mosquitto: "Mosquitto, QoS 1"
        case .ejabberd: "ejabberd, XEP-0184"
        }
    }

    /// Where a message is when the server has taken it.
    var promise: String {
        switch self {
        case .relay: "nowhere: it is passed on or lost"
        case .oneNode: "on 1 disk, synced"
        case .threeNodes: "on 2 of 3 disks, synced, then on the third"
        case .mosquitto: "in the memory of 1 process"
        case .ejabberd: "in the memory of 1 process; it says nothing before the receiver does"
        }
    }
}
