import RoostCore
import RoostSession
import Testing

/// Edits, deletions, reactions: what may be said about which message, and when.
@Suite struct MessageKindTests {
    private let mine = StreamKey(device: 0xB0B, stream: 1)
    private let theirs = StreamKey(device: 77, stream: 1)

    private func says(_ header: MessageHeader, _ session: inout Conversation) -> [Refusal] {
        refusals(
            session.hears(
                .send(
                    .init(
                        to: "carol", stream: 1, number: 1, content: MessageContent(header, body: Array("x".utf8))))))
    }

    private func about(_ key: StreamKey, age: TimeSpan = .seconds(0), number: StreamNumber = 3) -> MessageReference {
        MessageReference(key: key, number: number, sentAtMilliseconds: wallTime - age.nanoseconds / 1_000_000)
    }

    @Test(arguments: [MessageHeader.Kind.edit, .deletion])
    func `what one has sent oneself may be changed for a time`(kind: MessageHeader.Kind) {
        let window = kind == .edit ? ChangeWindows.standard.editing : ChangeWindows.standard.deletion
        var session = Conversation.live()
        #expect(says(.init(kind: kind, about: about(mine, age: window)), &session).isEmpty)
        session = Conversation.live()
        let late = TimeSpan(nanoseconds: window.nanoseconds + 1_000_000)
        #expect(
            says(.init(kind: kind, about: about(mine, age: late)), &session) == [Refusal(code: .tooLate, number: 1)])
        #expect(says(.init(kind: kind, about: about(theirs)), &session) == [Refusal(code: .notYours, number: 1)])
        #expect(says(.init(kind: kind), &session) == [Refusal(code: .badFrame, number: 1)])
        #expect(
            says(.init(kind: kind, about: about(mine, number: 0)), &session)
                == [Refusal(code: .badNumber, number: 1)])
        // Nothing of this took the number.
        #expect(says(.plain, &session).isEmpty)
    }

    @Test func `the windows can be set`() {
        let windows = ChangeWindows(editing: .seconds(60), deletion: .seconds(0))
        func codes(_ kind: MessageHeader.Kind, age: TimeSpan) -> [ErrorCode] {
            var session = Conversation.live(changeWindows: windows)
            return says(.init(kind: kind, about: about(mine, age: age)), &session).map(\.code)
        }
        #expect(codes(.edit, age: .seconds(60)).isEmpty && codes(.edit, age: .seconds(61)) == [.tooLate])
        #expect(codes(.deletion, age: .seconds(1)) == [.tooLate])
    }

    @Test func `anybody may answer and react, to what was sent at any time`() {
        for header in [
            MessageHeader(kind: .reaction, about: about(theirs, age: .seconds(1_000_000))),
            MessageHeader(about: MessageReference(key: theirs, number: 1)), MessageHeader(isForwarded: true),
        ] {
            var session = Conversation.live()
            #expect(says(header, &session).isEmpty)
        }
        var session = Conversation.live()
        #expect(says(.init(kind: .reaction), &session) == [Refusal(code: .badFrame, number: 1)])
        #expect(says(.init(kind: .unknown), &session) == [Refusal(code: .badFrame, number: 1)])
    }
}
