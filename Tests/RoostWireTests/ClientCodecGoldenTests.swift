import RoostCore
import RoostSession
import RoostWire
import Testing

/// The JSON of every frame as clients in other languages see it. A change here is a change of the protocol.
@Suite struct ClientCodecGoldenTests {
    static let clientFrames: [(ClientFrame, String)] = [
        (
            .hello(.init(token: "alice.00000000000000ff.secret", window: 64, client: "roost-chat/1")),
            #"{"hello":{"token":"alice.00000000000000ff.secret","window":64,"client":"roost-chat/1"}}"#
        ),
        (
            .send(.init(id: 9, to: "bob", stream: 1, number: 2, body: Array("hi".utf8), isRetry: true)),
            #"{"send":{"id":"9","to":"bob","stream":"1","n":"2","body":"aGk=","retry":true}}"#
        ),
        (
            .ack(StreamKey(device: .max, stream: 1), upTo: 12),
            #"{"ack":{"device":"18446744073709551615","stream":"1","upTo":"12"}}"#
        ),
        (
            .read(from: "alice", StreamKey(device: 255, stream: 1), upTo: 12),
            #"{"read":{"from":"alice","device":"255","stream":"1","upTo":"12"}}"#
        ),
        (.query(id: 4, to: "bob", stream: 1), #"{"query":{"id":"4","to":"bob","stream":"1"}}"#),
        (.ping(nonce: 7), #"{"ping":{"nonce":"7"}}"#),
        (.watch(["bob", "carol"]), #"{"watch":{"users":["bob","carol"]}}"#),
        (.watch([]), #"{"watch":{}}"#),
        (.typing(to: "bob", isRecording: true), #"{"typing":{"to":"bob","recording":true}}"#),
    ]

    static let serverFrames: [(ServerFrame, String)] = [
        (
            .welcome(.init(user: name("alice"), device: 255, node: "n1", window: 64)),
            #"{"welcome":{"user":"alice","device":"255","node":"n1","window":64,"bodyBytesMax":65536,"#
                + #""unsentMessagesMax":256}}"#
        ),
        (
            .accepted(id: 9, to: name("bob"), stream: 1, number: 2),
            #"{"accepted":{"id":"9","to":"bob","stream":"1","n":"2"}}"#
        ),
        (.sent(to: name("bob"), stream: 1, upTo: 2), #"{"sent":{"to":"bob","stream":"1","upTo":"2"}}"#),
        (
            .message(
                .init(
                    from: name("alice"), key: StreamKey(device: 255, stream: 1), number: 2, body: Array("hi".utf8),
                    sentAtMilliseconds: 1_700_000_000_000)),
            #"{"message":{"from":"alice","device":"255","stream":"1","n":"2","body":"aGk=","#
                + #""sentAtMs":"1700000000000"}}"#
        ),
        (
            .message(
                .init(
                    from: name("alice"), key: StreamKey(device: 255, stream: 1), number: 7, body: [], lostFrom: 5,
                    sentAtMilliseconds: 1)),
            #"{"message":{"from":"alice","device":"255","stream":"1","n":"7","sentAtMs":"1","lostFrom":"5"}}"#
        ),
        (
            .receipt(
                .init(
                    reader: name("bob"), key: StreamKey(device: 255, stream: 1), deliveredUpTo: 2, readUpTo: 1)),
            #"{"receipt":{"reader":"bob","stream":"1","deliveredUpTo":"2","readUpTo":"1","device":"255"}}"#
        ),
        (
            .state(
                .init(id: 4, to: name("bob"), stream: 1, heldUpTo: 3, deliveredUpTo: 2, readUpTo: 1)),
            #"{"state":{"id":"4","to":"bob","stream":"1","heldUpTo":"3","deliveredUpTo":"2","readUpTo":"1"}}"#
        ),
        (
            .error(.init(.sequenceGap, "number 5 is missing", id: 9, to: "bob", stream: 1, number: 6, expected: 5)),
            #"{"error":{"code":"SEQ_GAP","text":"number 5 is missing","id":"9","to":"bob","stream":"1","n":"6","#
                + #""expected":"5"}}"#
        ),
        (.pong(nonce: 7), #"{"pong":{"nonce":"7"}}"#),
        (.drained, #"{"drained":{}}"#),
        (
            .bye(reason: "the node is stopping", reconnectAfterMilliseconds: 250),
            #"{"bye":{"reason":"the node is stopping","reconnectAfterMs":250}}"#
        ),
        (.presence(user: name("bob"), .unknown), #"{"presence":{"user":"bob"}}"#),
        (.presence(user: name("bob"), .online), #"{"presence":{"user":"bob","state":"ONLINE"}}"#),
        (
            .presence(user: name("bob"), .offline(lastSeenMilliseconds: 1_700_000_000_000)),
            #"{"presence":{"user":"bob","state":"OFFLINE","lastSeenMs":"1700000000000"}}"#
        ),
        (
            .groupReceipt(
                group: name("~5f0c2a91d3e4b687"),
                GroupProgress(
                    members: 4, delivered: [.init(upTo: 57, members: 3), .init(upTo: 41, members: 4)],
                    read: [.init(upTo: 57, members: 1)])),
            #"{"groupReceipt":{"group":"~5f0c2a91d3e4b687","members":4,"delivered":[{"upTo":"57","members":3},{"upTo":"41","members":4}],"read":[{"upTo":"57","members":1}]}}"#
        ),
        (
            .typing(.init(from: name("alice"), isRecording: true, milliseconds: 4200)),
            #"{"typing":{"from":"alice","recording":true,"forMs":4200}}"#
        ),
    ]

    @Test(arguments: clientFrames)
    func `a client frame is this JSON`(frame: ClientFrame, json: String) throws {
        #expect(String(decoding: ClientFrameCodec.encode(frame, .json), as: UTF8.self) == json)
        #expect(try ClientFrameCodec.decodeClientFrame(Array(json.utf8), .json) == frame)
    }

    @Test(arguments: serverFrames)
    func `a server frame is this JSON`(frame: ServerFrame, json: String) throws {
        #expect(String(decoding: ClientFrameCodec.encode(frame, .json), as: UTF8.self) == json)
        #expect(try ClientFrameCodec.decodeServerFrame(Array(json.utf8), .json) == frame)
    }

    @Test func `a send in binary is these bytes`() throws {
        let frame = ClientFrame.send(.init(id: 9, to: "bob", stream: 1, number: 300, body: [0xFF], isRetry: true))
        let bytes: [UInt8] = [
            0x12, 0x11, 0x08, 9, 0x12, 3, 0x62, 0x6F, 0x62, 0x18, 1, 0x20, 0xAC, 0x02, 0x2A, 1, 0xFF, 0x30, 1,
        ]
        #expect(ClientFrameCodec.encode(frame, .proto) == bytes)
        #expect(try ClientFrameCodec.decodeClientFrame(bytes, .proto) == frame)
    }

    @Test(arguments: ErrorCode.allCases)
    func `every error code has a name of its own and comes back`(code: ErrorCode) throws {
        let frame = ServerFrame.error(ErrorFrame(code, "text"))
        for encoding in ClientEncoding.allCases {
            #expect(try ClientFrameCodec.decodeServerFrame(ClientFrameCodec.encode(frame, encoding), encoding) == frame)
        }
        let json = String(decoding: ClientFrameCodec.encode(frame, .json), as: UTF8.self)
        #expect(json.contains(#""code":""#), "a number instead of a name: \(json)")
    }

    @Test(arguments: ClientEncoding.allCases)
    func `a subprotocol names its encoding`(encoding: ClientEncoding) {
        #expect(ClientEncoding(subprotocol: encoding.subprotocol) == encoding)
        #expect(ClientEncoding(subprotocol: "roost.v2.json") == nil)
    }
}

func name(_ text: String) -> Address {
    guard let name = Address(text) else { preconditionFailure("\(text) is no user name") }
    return name
}
