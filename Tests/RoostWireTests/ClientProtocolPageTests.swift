import Foundation
import RoostSession
import RoostWire
import Testing

/// The page of the client protocol, held against the protocol: whoever has only the page must not be misled by it.
@Suite struct ClientProtocolPageTests {
    private func page() throws -> String {
        var url = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return try String(
            contentsOf: url.appending(path: "Sources/RoostSession/RoostSession.docc/ClientProtocol.md"), encoding: .utf8
        )
    }

    private func examples(_ arrow: String) throws -> [String] {
        try page().split(separator: "\n").filter { $0.hasPrefix(arrow) }.map { String($0.dropFirst(arrow.count)) }
    }

    private func kind(_ json: String) -> String {
        String(json.prefix { $0 != ":" })
    }

    @Test func `every example of a client's frame is one, and every kind has one`() throws {
        let examples = try examples("→ ")
        for example in examples {
            let frame = try ClientFrameCodec.decodeClientFrame(Array(example.utf8), .json)
            #expect(String(decoding: ClientFrameCodec.encode(frame, .json), as: UTF8.self) == example)
        }
        #expect(Set(examples.map(kind)).count == 9)
    }

    @Test func `every example of a node's frame is one, and every kind has one`() throws {
        let examples = try examples("← ")
        for example in examples {
            let frame = try ClientFrameCodec.decodeServerFrame(Array(example.utf8), .json)
            #expect(String(decoding: ClientFrameCodec.encode(frame, .json), as: UTF8.self) == example)
        }
        #expect(Set(examples.map(kind)).count == 13)
    }

    @Test(arguments: ErrorCode.allCases)
    func `every error code has its line`(code: ErrorCode) throws {
        let json = String(
            decoding: ClientFrameCodec.encode(ServerFrame.error(ErrorFrame(code, "text")), .json), as: UTF8.self)
        let match = try #require(try /"code":"([A-Z_]+)"/.firstMatch(in: json))
        #expect(try page().contains("\n| `\(match.output.1)` | \(code.rawValue) | "), "\(match.output.1)")
    }

    @Test(arguments: CloseCode.allCases)
    func `every close code has its line`(code: CloseCode) throws {
        #expect(try page().contains("\n| \(code.rawValue) | "))
    }
}
