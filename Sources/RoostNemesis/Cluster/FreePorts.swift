import Foundation

/// Ports on loopback that nobody uses, for TCP and UDP alike.
///
/// Below the range from which the kernel takes the ports of outgoing connections (32768 on): the port of a node that is
/// down for a while must still be free when it comes back.
package enum FreePorts {
    /// So many ports, none of them twice.
    package static func take(_ count: Int) -> [Int] {
        var ports: [Int] = []
        while ports.count < count {
            let port = Int.random(in: 20_000..<32_000)
            if !ports.contains(port), isFree(port, SOCK_STREAM), isFree(port, SOCK_DGRAM) { ports.append(port) }
        }
        return ports
    }

    private static func isFree(_ port: Int, _ kind: __socket_type) -> Bool {
        let descriptor = socket(AF_INET, Int32(kind.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
