import RoostCore
import RoostMembership
import Testing

@Suite struct JoiningTests {
    private let beginning = NodeID(high: 0, low: 0)

    private func requests(_ transcript: Transcript) -> [(sequence: UInt32, after: NodeID, to: String)] {
        transcript.sent.compactMap {
            if case .listRequest(let sequence, let after) = $0.0.kind { (sequence, after, $0.to) } else { nil }
        }
    }

    @Test func `seeds are asked at once, presenting oneself`() throws {
        let transcript = Transcript(seeds: [address(2), address(2), address(1), address(3)])
        #expect(requests(transcript).map(\.to).sorted() == [address(2), address(3)])
        #expect(requests(transcript).allSatisfy { $0.after == beginning })
        #expect(transcript.sent.allSatisfy { $0.0.updates == [transcript.alive(1)] })
    }

    @Test func `seeds that do not answer are asked again every second`() {
        var transcript = Transcript(seeds: [address(2)])
        transcript.pass(.seconds(10))
        #expect((8...10).contains(requests(transcript).count))
    }

    @Test func `a seed that answered is not asked again, and one that did not is asked now and then`() throws {
        var transcript = Transcript(seeds: [address(2), "wrong:1"])
        let request = try #require(requests(transcript).first { $0.to == address(2) })
        transcript.hear(
            from: 2, .listPage(sequence: request.sequence, next: nil), [transcript.alive(2)], at: "10.0.0.2:7401")
        #expect(transcript.said == [.memberJoined(node(2))])
        var wrong = 0
        for _ in 0..<20 {
            transcript.pass(.seconds(1))
            for (datagram, place) in transcript.sent {
                if case .ping(let sequence, _) = datagram.kind { transcript.hear(from: 2, .ack(sequence: sequence)) }
                if place == "wrong:1" { wrong += 1 }
            }
        }
        #expect((1...3).contains(wrong), "\(wrong)")
    }

    @Test func `a seed that leads back is recognised and left alone`() throws {
        var transcript = Transcript(seeds: ["localhost:7401"])
        let (own, _) = try #require(transcript.sent.first)
        transcript.hear(own, at: "127.0.0.1:7401")
        #expect(transcript.said == [.dropped(.ownDatagram)])
        transcript.pass(.seconds(60))
        #expect(transcript.sent.isEmpty)
    }

    @Test func `seeds can be added later`() {
        var transcript = Transcript()
        transcript.machine.addSeeds([address(2), address(1), address(2)])
        transcript.pass(.milliseconds(1200))
        #expect(requests(transcript).map(\.to) == [address(2)])
    }

    @Test func `seeds are limited`() {
        var settings = MembershipSettings()
        settings.gossipFanOut = 1000
        let transcript = Transcript(seeds: (2...200).map(address), settings: settings)
        #expect(requests(transcript).count <= Limits.listWalksMax)
    }

    @Test func `a list is read page by page to its end`() throws {
        var transcript = Transcript(seeds: [address(2)])
        let first = try #require(requests(transcript).first)
        transcript.hear(
            from: 2, .listPage(sequence: first.sequence, next: nodeID(3)), [transcript.alive(2), transcript.alive(3)])
        let second = try #require(requests(transcript).first)
        #expect(second.after == nodeID(3))
        transcript.hear(from: 2, .listPage(sequence: first.sequence, next: nodeID(3)))
        #expect(transcript.said == [.dropped(.unexpectedAnswer(nodeID(2)))], "the page has been used")
        transcript.hear(from: 2, .listPage(sequence: second.sequence, next: nil), [transcript.alive(4)])
        #expect(requests(transcript).isEmpty)
        #expect(transcript.machine.members.map(\.description.id) == [1, 2, 3, 4].map(nodeID))
    }

    @Test func `a list that leads nowhere is not followed`() throws {
        var transcript = Transcript(seeds: [address(2)])
        let first = try #require(requests(transcript).first)
        transcript.hear(from: 2, .listPage(sequence: first.sequence, next: nodeID(9)), [transcript.alive(2)])
        let second = try #require(requests(transcript).first)
        transcript.hear(from: 2, .listPage(sequence: second.sequence, next: nodeID(9)))
        #expect(requests(transcript).isEmpty)
    }

    @Test func `a page that is lost is asked for again`() throws {
        var transcript = Transcript(seeds: [address(2)])
        let first = try #require(requests(transcript).first)
        transcript.hear(from: 2, .listPage(sequence: first.sequence, next: nodeID(9)), [transcript.alive(2)])
        transcript.pass(.milliseconds(1600))
        #expect(requests(transcript).filter { $0.after == nodeID(9) }.count == 2)
    }

    @Test func `lists are read again soon after one that held news, and seldom in quiet times`() throws {
        var settings = MembershipSettings()
        settings.pageAttempts = 1
        var transcript = Transcript(knowing: [2], settings: settings)
        func requests(in span: TimeSpan) -> [UInt32] {
            transcript.pass(span, answering: 2).compactMap {
                if case .listRequest(let sequence, beginning) = $0.0.kind { sequence } else { nil }
            }
        }
        #expect((4...7).contains(requests(in: .seconds(60)).count))
        // At most one a half minute from here on, and at least one a minute.
        #expect((1...4).contains(requests(in: .seconds(120)).count))
        var sequence: UInt32?
        for _ in 0..<600 where sequence == nil { sequence = requests(in: .milliseconds(100)).first }
        transcript.hear(
            from: 2, .listPage(sequence: try #require(sequence), next: nil), [transcript.alive(9)])
        #expect(transcript.said == [.memberJoined(node(9))])
        #expect(!requests(in: .seconds(2)).isEmpty)
    }

    @Test(arguments: [3, 40, 999])
    func `the pages of a list hold every member once, in datagrams that fit`(count: Int) throws {
        var transcript = Transcript(knowing: Array(2...count))
        transcript.hear(from: 2, .gossip, [.suspect(nodeID(3), incarnation: Incarnation(boot: 1), accuser: nodeID(2))])
        var after = beginning
        var read: [NodeID] = []
        var pages = 0
        while true {
            transcript.hear(from: 2, .listRequest(sequence: 1, after: after))
            let (page, _) = try #require(transcript.sent.first)
            #expect(page.encode().count <= Limits.gossipDatagramBytesMax)
            pages += 1
            for update in page.updates {
                if case .alive(let description, _, _) = update { read.append(description.id) }
            }
            guard case .listPage(1, let next?) = page.kind else { break }
            after = next
        }
        #expect(read == (1...count).map(nodeID))
        #expect(pages <= count / 8 + 1)
    }
}
