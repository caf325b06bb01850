BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('v3.2.0.a');
CREATE TABLE jrtune_confirmations (
	study_id INTEGER NOT NULL, 
	label VARCHAR(255) NOT NULL, 
	seed INTEGER NOT NULL, 
	number INTEGER, 
	role VARCHAR(20) NOT NULL, 
	candidate TEXT NOT NULL, 
	ending VARCHAR(20) NOT NULL, 
	val JSON NOT NULL, 
	test JSON NOT NULL, 
	seconds FLOAT NOT NULL, 
	PRIMARY KEY (study_id, label, seed), 
	FOREIGN KEY(study_id) REFERENCES jrtune_studies (id)
);
INSERT INTO "jrtune_confirmations" VALUES(1,'equal weights',0,0,'baseline','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5533333420753479, "error": 1.1933023929595947}','{"accuracy": 0.47999998927116394, "error": 1.1744699478149414}',1.95579333750401929137e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single kind',0,1,'baseline','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5266666412353516, "error": 1.2949705123901367}','{"accuracy": 0.5, "error": 1.271716594696045}',1.95579333750401929137e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single amount',0,2,'baseline','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5199999809265137, "error": 1.192331314086914}','{"accuracy": 0.47999998927116394, "error": 1.1733633279800415}',1.95579333750401929137e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'equal weights',1,0,'baseline','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5199999809265137, "error": 1.3502073287963867}','{"accuracy": 0.4933333396911621, "error": 1.3053706884384155}',1.95579333750401929137e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single kind',1,1,'baseline','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5266666412353516, "error": 1.4292793273925781}','{"accuracy": 0.5, "error": 1.3737202882766724}',1.95579333750401929137e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single amount',1,2,'baseline','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5133333206176758, "error": 1.3496763706207275}','{"accuracy": 0.5, "error": 1.305011510848999}',1.95579333750401929137e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'equal weights',2,0,'baseline','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5600000023841858, "error": 1.3076324462890625}','{"accuracy": 0.6133333444595337, "error": 1.251792550086975}',1.95579333750401929137e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single kind',2,1,'baseline','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5799999833106995, "error": 1.3910235166549683}','{"accuracy": 0.6000000238418579, "error": 1.334023118019104}',1.95579333750401929137e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'trial 4',0,4,'front','{"weights": {"kind": 0.5682341167217423, "amount": 0.4317658832782577}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete','{"accuracy": 0.6000000238418579, "error": 0.2781686782836914}','{"accuracy": 0.5266666412353516, "error": 0.31619831919670105}',2.49659318750445891055e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single kind, choices of trial 4',0,NULL,'twin','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete','{"accuracy": 0.6200000047683716, "error": 1.4512935876846313}','{"accuracy": 0.5933333039283752, "error": 1.4514364004135132}',2.49659318750445891055e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single amount, choices of trial 4',0,NULL,'twin','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete','{"accuracy": 0.5, "error": 0.26564106345176697}','{"accuracy": 0.5, "error": 0.29097461700439453}',2.49659318750445891055e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'trial 4',1,4,'front','{"weights": {"kind": 0.5682341167217423, "amount": 0.4317658832782577}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete','{"accuracy": 0.5400000214576721, "error": 0.4102412462234497}','{"accuracy": 0.47999998927116394, "error": 0.3903110921382904}',2.49659318750445891055e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single kind, choices of trial 4',1,NULL,'twin','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete','{"accuracy": 0.5533333420753479, "error": 1.5614348649978638}','{"accuracy": 0.5799999833106995, "error": 1.468706727027893}',2.49659318750445891055e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single amount, choices of trial 4',1,NULL,'twin','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete','{"accuracy": 0.5, "error": 0.39326876401901245}','{"accuracy": 0.46666666865348816, "error": 0.3806210160255432}',2.49659318750445891055e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'trial 4',2,4,'front','{"weights": {"kind": 0.5682341167217423, "amount": 0.4317658832782577}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete','{"accuracy": 0.5533333420753479, "error": 0.30573925375938416}','{"accuracy": 0.5, "error": 0.28053760528564453}',2.49659318750445891055e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single kind, choices of trial 4',2,NULL,'twin','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete','{"accuracy": 0.6000000238418579, "error": 1.4091217517852783}','{"accuracy": 0.5266666412353516, "error": 1.3499752283096313}',2.49659318750445891055e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single amount',2,2,'baseline','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5666666626930237, "error": 1.3071812391281128}','{"accuracy": 0.5799999833106995, "error": 1.2511383295059204}',1.86771019999858768623e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'equal weights',3,0,'baseline','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5133333206176758, "error": 1.422177791595459}','{"accuracy": 0.5400000214576721, "error": 1.355290412902832}',1.86771019999858768623e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single kind',3,1,'baseline','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5266666412353516, "error": 1.4924941062927246}','{"accuracy": 0.5533333420753479, "error": 1.4117790460586548}',1.86771019999858768623e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single amount',3,2,'baseline','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5400000214576721, "error": 1.4222908020019531}','{"accuracy": 0.54666668176651, "error": 1.3554542064666748}',1.86771019999858768623e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'equal weights',4,0,'baseline','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5600000023841858, "error": 1.3891549110412598}','{"accuracy": 0.47333332896232605, "error": 1.3347545862197876}',1.86771019999858768623e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single kind',4,1,'baseline','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5400000214576721, "error": 1.4537553787231445}','{"accuracy": 0.46000000834465027, "error": 1.3926674127578735}',1.86771019999858768623e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single amount',4,2,'baseline','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.54666668176651, "error": 1.388431191444397}','{"accuracy": 0.5133333206176758, "error": 1.3341939449310303}',1.86771019999858768623e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single amount, choices of trial 4',2,NULL,'twin','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete','{"accuracy": 0.41999998688697815, "error": 0.2838868796825409}','{"accuracy": 0.54666668176651, "error": 0.25041595101356506}',2.62648864284398889101e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'trial 4',3,4,'front','{"weights": {"kind": 0.5682341167217423, "amount": 0.4317658832782577}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete','{"accuracy": 0.5933333039283752, "error": 0.20491455495357513}','{"accuracy": 0.5600000023841858, "error": 0.20671311020851135}',2.62648864284398889101e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single kind, choices of trial 4',3,NULL,'twin','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete','{"accuracy": 0.6066666841506958, "error": 1.4310249090194702}','{"accuracy": 0.5866666436195374, "error": 1.3451697826385498}',2.62648864284398889101e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single amount, choices of trial 4',3,NULL,'twin','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete','{"accuracy": 0.5133333206176758, "error": 0.2030111402273178}','{"accuracy": 0.46000000834465027, "error": 0.20441970229148865}',2.62648864284398889101e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'trial 4',4,4,'front','{"weights": {"kind": 0.5682341167217423, "amount": 0.4317658832782577}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete','{"accuracy": 0.5799999833106995, "error": 0.27037209272384644}','{"accuracy": 0.5600000023841858, "error": 0.2765675187110901}',2.62648864284398889101e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single kind, choices of trial 4',4,NULL,'twin','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete','{"accuracy": 0.5600000023841858, "error": 1.4169901609420776}','{"accuracy": 0.5666666626930237, "error": 1.3519350290298462}',2.62648864284398889101e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single amount, choices of trial 4',4,NULL,'twin','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete','{"accuracy": 0.6333333253860474, "error": 0.25412094593048096}','{"accuracy": 0.5266666412353516, "error": 0.2668488919734955}',2.62648864284398889101e-02);
INSERT INTO "jrtune_confirmations" VALUES(2,'trial 3',0,3,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 60, "lr": 0.0010480961400348569}, "balancing": "fixed"}','complete','{"accuracy": 0.4466666579246521, "error": 1.4159218072891235}','{"accuracy": 0.46666666865348816, "error": 1.3399670124053955}',3.73702755000522301997e-02);
INSERT INTO "jrtune_confirmations" VALUES(2,'trial 3',1,3,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 60, "lr": 0.0010480961400348569}, "balancing": "fixed"}','complete','{"accuracy": 0.47333332896232605, "error": 1.3147457838058472}','{"accuracy": 0.5733333230018616, "error": 1.266937255859375}',3.73702755000522301997e-02);
INSERT INTO "jrtune_confirmations" VALUES(3,'trial 2',0,2,'front','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 4, "lr": 0.027452139754614923}, "balancing": "fixed"}','complete','{"accuracy": 0.5, "error": 1.5790225267410278}','{"accuracy": 0.4866666793823242, "error": 1.513901948928833}',4.28835572499792760936e-02);
INSERT INTO "jrtune_confirmations" VALUES(3,'trial 1',0,1,'front','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 4, "lr": 0.0010305222841740863}, "balancing": "fixed"}','complete','{"accuracy": 0.5199999809265137, "error": 1.5909446477890015}','{"accuracy": 0.46000000834465027, "error": 1.5301566123962402}',4.28835572499792760936e-02);
INSERT INTO "jrtune_confirmations" VALUES(3,'trial 2',1,2,'front','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 4, "lr": 0.027452139754614923}, "balancing": "fixed"}','complete','{"accuracy": 0.5199999809265137, "error": 1.409915566444397}','{"accuracy": 0.5266666412353516, "error": 1.3532984256744385}',4.28835572499792760936e-02);
INSERT INTO "jrtune_confirmations" VALUES(3,'trial 1',1,1,'front','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 4, "lr": 0.0010305222841740863}, "balancing": "fixed"}','complete','{"accuracy": 0.4466666579246521, "error": 1.4033483266830444}','{"accuracy": 0.4866666793823242, "error": 1.3515655994415283}',4.28835572499792760936e-02);
INSERT INTO "jrtune_confirmations" VALUES(3,'trial 0',0,0,'front','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5266666412353516, "error": 1.2949705123901367}','{"accuracy": 0.5, "error": 1.271716594696045}',8.64343130001543613616e-02);
INSERT INTO "jrtune_confirmations" VALUES(3,'trial 0',1,0,'front','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5266666412353516, "error": 1.4292793273925781}','{"accuracy": 0.5, "error": 1.3737202882766724}',8.64343130001543613616e-02);
INSERT INTO "jrtune_confirmations" VALUES(4,'trial 0',0,0,'front','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5199999809265137, "error": 1.192331314086914}','{"accuracy": 0.47999998927116394, "error": 1.1733633279800415}',1.82485567500407341867e-01);
INSERT INTO "jrtune_confirmations" VALUES(4,'trial 0',1,0,'front','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5133333206176758, "error": 1.3496763706207275}','{"accuracy": 0.5, "error": 1.305011510848999}',1.82485567500407341867e-01);
INSERT INTO "jrtune_confirmations" VALUES(4,'trial 1',0,1,'front','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 4, "lr": 0.0010305222841740863}, "balancing": "fixed"}','complete','{"accuracy": 0.5199999809265137, "error": 1.582313895225525}','{"accuracy": 0.46666666865348816, "error": 1.5204899311065674}',1.94008441499590844614e-01);
INSERT INTO "jrtune_confirmations" VALUES(4,'trial 1',1,1,'front','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 4, "lr": 0.0010305222841740863}, "balancing": "fixed"}','complete','{"accuracy": 0.4399999976158142, "error": 1.3948719501495361}','{"accuracy": 0.4866666793823242, "error": 1.3449316024780273}',1.94008441499590844614e-01);
INSERT INTO "jrtune_confirmations" VALUES(5,'trial 3',0,3,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 60, "lr": 0.0010480961400348569}, "balancing": "uncertainty"}','complete','{"accuracy": 0.4466666579246521, "error": 1.415921926498413}','{"accuracy": 0.46666666865348816, "error": 1.3399670124053955}',4.87992654998379293829e-02);
INSERT INTO "jrtune_confirmations" VALUES(5,'trial 3',1,3,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 60, "lr": 0.0010480961400348569}, "balancing": "uncertainty"}','complete','{"accuracy": 0.47333332896232605, "error": 1.3147457838058472}','{"accuracy": 0.5733333230018616, "error": 1.266937255859375}',4.87992654998379293829e-02);
INSERT INTO "jrtune_confirmations" VALUES(6,'trial 3',0,3,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 60, "lr": 0.0010480961400348569}, "balancing": "dwa"}','complete','{"accuracy": 0.4466666579246521, "error": 1.4159218072891235}','{"accuracy": 0.46666666865348816, "error": 1.3399670124053955}',2.95303759994567371904e-02);
INSERT INTO "jrtune_confirmations" VALUES(6,'trial 3',1,3,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 60, "lr": 0.0010480961400348569}, "balancing": "dwa"}','complete','{"accuracy": 0.47333332896232605, "error": 1.3147457838058472}','{"accuracy": 0.5733333230018616, "error": 1.266937255859375}',2.95303759994567371904e-02);
INSERT INTO "jrtune_confirmations" VALUES(7,'trial 3',0,3,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 60, "lr": 0.0010480961400348569}, "balancing": "random-weights"}','complete','{"accuracy": 0.47333332896232605, "error": 1.4169585704803467}','{"accuracy": 0.4533333480358124, "error": 1.3409045934677124}',3.60107509995941654779e-02);
INSERT INTO "jrtune_confirmations" VALUES(7,'trial 3',1,3,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 60, "lr": 0.0010480961400348569}, "balancing": "random-weights"}','complete','{"accuracy": 0.47999998927116394, "error": 1.3172093629837036}','{"accuracy": 0.5799999833106995, "error": 1.2692643404006958}',3.60107509995941654779e-02);
CREATE TABLE jrtune_curves (
	study_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	epoch INTEGER NOT NULL, 
	figures JSON NOT NULL, 
	PRIMARY KEY (study_id, number, epoch), 
	FOREIGN KEY(study_id) REFERENCES jrtune_studies (id)
);
INSERT INTO "jrtune_curves" VALUES(1,0,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.695364773273468, "amount": 3.045311212539673}, "objectives": {"accuracy": 0.5266666412353516, "error": 1.4330567121505737}, "gradients": {"kind": 0.07288413902303296, "amount": 1.227205888457707}}');
INSERT INTO "jrtune_curves" VALUES(1,0,1,'{"epoch": 1, "train": {"kind": 0.6940966725349427, "amount": 3.314205280939738}, "val": {"kind": 0.6919050812721252, "amount": 2.778517723083496}, "objectives": {"accuracy": 0.5266666412353516, "error": 1.3691309690475464}}');
INSERT INTO "jrtune_curves" VALUES(1,0,2,'{"epoch": 2, "train": {"kind": 0.68993869860967, "amount": 3.1085224692026774}, "val": {"kind": 0.6925209164619446, "amount": 2.7099034786224365}, "objectives": {"accuracy": 0.5199999809265137, "error": 1.3521945476531982}}');
INSERT INTO "jrtune_curves" VALUES(1,1,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.6951510906219482, "amount": 3.096652030944824}, "objectives": {"accuracy": 0.5066666603088379, "error": 1.4492970705032349}, "gradients": {"kind": 0.10767064059345148, "amount": 1.2823641310543779}}');
INSERT INTO "jrtune_curves" VALUES(1,1,1,'{"epoch": 1, "train": {"kind": 0.6997553078333537, "amount": 3.530242058436076}, "val": {"kind": 0.6876269578933716, "amount": 3.1184303760528564}, "objectives": {"accuracy": 0.5533333420753479, "error": 1.4548842906951904}}');
INSERT INTO "jrtune_curves" VALUES(1,1,2,'{"epoch": 2, "train": {"kind": 0.6871539449691773, "amount": 3.546629285812378}, "val": {"kind": 0.6884453296661377, "amount": 3.12004017829895}, "objectives": {"accuracy": 0.5333333611488342, "error": 1.4552900791168213}}');
INSERT INTO "jrtune_curves" VALUES(1,2,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7077690362930298, "amount": 2.9735946655273438}, "objectives": {"accuracy": 0.4333333373069763, "error": 1.408686876296997}, "gradients": {"kind": 0.13249879394315917, "amount": 1.0242219288196115}}');
INSERT INTO "jrtune_curves" VALUES(1,2,1,'{"epoch": 1, "train": {"kind": 0.6966607546806336, "amount": 3.228021764755249}, "val": {"kind": 0.7073325514793396, "amount": 2.7069265842437744}, "objectives": {"accuracy": 0.4466666579246521, "error": 1.342457890510559}}');
INSERT INTO "jrtune_curves" VALUES(1,2,2,'{"epoch": 2, "train": {"kind": 0.696331865787506, "amount": 3.0090769990285238}, "val": {"kind": 0.7073355317115784, "amount": 2.6371910572052}, "objectives": {"accuracy": 0.46000000834465027, "error": 1.3240435123443604}}');
INSERT INTO "jrtune_curves" VALUES(1,3,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7329367399215698, "amount": 3.311469793319702}, "objectives": {"accuracy": 0.5600000023841858, "error": 1.4969013929367065}, "gradients": {"kind": 0.1049380923174488, "amount": 1.1657292327844762}}');
INSERT INTO "jrtune_curves" VALUES(1,3,1,'{"epoch": 1, "train": {"kind": 0.7523687982559204, "amount": 3.543425448735555}, "val": {"kind": 0.699658989906311, "amount": 2.90909743309021}, "objectives": {"accuracy": 0.5600000023841858, "error": 1.4112012386322021}}');
INSERT INTO "jrtune_curves" VALUES(1,3,2,'{"epoch": 2, "train": {"kind": 0.7227128513654073, "amount": 3.249967419306437}, "val": {"kind": 0.6949800848960876, "amount": 2.8311493396759033}, "objectives": {"accuracy": 0.5600000023841858, "error": 1.3924343585968018}}');
INSERT INTO "jrtune_curves" VALUES(1,4,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7007989883422852, "amount": 2.9888341426849365}, "objectives": {"accuracy": 0.5199999809265137, "error": 1.429456114768982}, "gradients": {"kind": 0.12758768435943346, "amount": 1.183799711100719}}');
INSERT INTO "jrtune_curves" VALUES(1,4,1,'{"epoch": 1, "train": {"kind": 0.7134163244565328, "amount": 1.831189700762431}, "val": {"kind": 0.7634970545768738, "amount": 0.24460648000240326}, "objectives": {"accuracy": 0.5, "error": 0.38833969831466675}}');
INSERT INTO "jrtune_curves" VALUES(1,4,2,'{"epoch": 2, "train": {"kind": 0.6560656078656515, "amount": 0.18297370592753093}, "val": {"kind": 0.7130180597305298, "amount": 0.08934804797172546}, "objectives": {"accuracy": 0.5733333230018616, "error": 0.24003778398036957}}');
INSERT INTO "jrtune_curves" VALUES(1,5,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7527671456336975, "amount": 2.9954967498779297}, "objectives": {"accuracy": 0.5600000023841858, "error": 1.4319555759429932}, "gradients": {"kind": 0.1708292054880297, "amount": 1.258023574058739}}');
INSERT INTO "jrtune_curves" VALUES(1,5,1,'{"epoch": 1, "train": {"kind": 0.8116916680335998, "amount": 3.4607683181762696}, "val": {"kind": 0.7490940690040588, "amount": 2.9743118286132812}, "objectives": {"accuracy": 0.5600000023841858, "error": 1.4268732070922852}}');
INSERT INTO "jrtune_curves" VALUES(2,0,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.695364773273468, "amount": 3.045311212539673}, "objectives": {"accuracy": 0.5266666412353516, "error": 1.4330565929412842}, "gradients": {"kind": 0.07288413960346259, "amount": 1.227205888457707}}');
INSERT INTO "jrtune_curves" VALUES(2,0,1,'{"epoch": 1, "train": {"kind": 0.6940966725349427, "amount": 3.314205331802368}, "val": {"kind": 0.6919050812721252, "amount": 2.778517723083496}, "objectives": {"accuracy": 0.5266666412353516, "error": 1.3691309690475464}}');
INSERT INTO "jrtune_curves" VALUES(2,0,2,'{"epoch": 2, "train": {"kind": 0.6899387327829997, "amount": 3.108522434234619}, "val": {"kind": 0.6925209164619446, "amount": 2.7099034786224365}, "objectives": {"accuracy": 0.5199999809265137, "error": 1.3521945476531982}}');
INSERT INTO "jrtune_curves" VALUES(2,1,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.8123399615287781, "amount": 2.7034032344818115}, "objectives": {"accuracy": 0.4399999976158142, "error": 1.3480149507522583}, "gradients": {"kind": 0.269037552244723, "amount": 1.3339268433954108}}');
INSERT INTO "jrtune_curves" VALUES(2,1,1,'{"epoch": 1, "train": {"kind": 0.7812490582466125, "amount": 3.0748970190684}, "val": {"kind": 0.8090953826904297, "amount": 2.6799166202545166}, "objectives": {"accuracy": 0.4399999976158142, "error": 1.3420966863632202}}');
INSERT INTO "jrtune_curves" VALUES(2,1,2,'{"epoch": 2, "train": {"kind": 0.7787777702013652, "amount": 3.054924914042155}, "val": {"kind": 0.8084181547164917, "amount": 2.6737098693847656}, "objectives": {"accuracy": 0.4399999976158142, "error": 1.3405095338821411}}');
INSERT INTO "jrtune_curves" VALUES(2,2,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7280760407447815, "amount": 3.302823066711426}, "objectives": {"accuracy": 0.41333332657814026, "error": 1.498268485069275}, "gradients": {"kind": 0.14931967843366725, "amount": 1.130678008266324}}');
INSERT INTO "jrtune_curves" VALUES(2,2,1,'{"epoch": 1, "train": {"kind": 0.7159817536671956, "amount": 3.5457396062215167}, "val": {"kind": 0.7048434615135193, "amount": 2.9811413288116455}, "objectives": {"accuracy": 0.47999998927116394, "error": 1.4219396114349365}}');
INSERT INTO "jrtune_curves" VALUES(2,2,2,'{"epoch": 2, "train": {"kind": 0.7074607014656067, "amount": 3.3034117317199705}, "val": {"kind": 0.7066457867622375, "amount": 2.9301209449768066}, "objectives": {"accuracy": 0.47999998927116394, "error": 1.4077820777893066}}');
INSERT INTO "jrtune_curves" VALUES(2,3,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.6958500146865845, "amount": 2.6899421215057373}, "objectives": {"accuracy": 0.5866666436195374, "error": 1.343600869178772}, "gradients": {"kind": 0.11276538711894159, "amount": 1.2310729535599618}}');
INSERT INTO "jrtune_curves" VALUES(2,3,1,'{"epoch": 1, "train": {"kind": 0.7276646176973979, "amount": 3.022452351252238}, "val": {"kind": 0.6924540400505066, "amount": 2.5668749809265137}, "objectives": {"accuracy": 0.5666666626930237, "error": 1.3138139247894287}}');
INSERT INTO "jrtune_curves" VALUES(2,3,2,'{"epoch": 2, "train": {"kind": 0.720396815141042, "amount": 2.9165485159556073}, "val": {"kind": 0.6918653845787048, "amount": 2.5345089435577393}, "objectives": {"accuracy": 0.5666666626930237, "error": 1.3056720495224}}');
INSERT INTO "jrtune_curves" VALUES(2,4,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7007990479469299, "amount": 2.9888341426849365}, "objectives": {"accuracy": 0.5199999809265137, "error": 1.429456114768982}, "gradients": {"kind": 0.12758768435943346, "amount": 1.183799711100719}}');
INSERT INTO "jrtune_curves" VALUES(2,4,1,'{"epoch": 1, "train": {"kind": 0.7224064294497172, "amount": 3.261970920562744}, "val": {"kind": 0.6959668397903442, "amount": 2.702275276184082}, "objectives": {"accuracy": 0.5400000214576721, "error": 1.3595856428146362}}');
INSERT INTO "jrtune_curves" VALUES(2,4,2,'{"epoch": 2, "train": {"kind": 0.7101197457313537, "amount": 3.0145210599899293}, "val": {"kind": 0.6956080198287964, "amount": 2.6272501945495605}, "objectives": {"accuracy": 0.5266666412353516, "error": 1.3404814004898071}}');
INSERT INTO "jrtune_curves" VALUES(2,5,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7120494842529297, "amount": 2.794174909591675}, "objectives": {"accuracy": 0.5199999809265137, "error": 1.368620753288269}, "gradients": {"kind": 0.10437770359344709, "amount": 0.9151298588751428}}');
INSERT INTO "jrtune_curves" VALUES(2,5,1,'{"epoch": 1, "train": {"kind": 0.7253399276733399, "amount": 3.101436573664347}, "val": {"kind": 0.707091748714447, "amount": 2.6795523166656494}, "objectives": {"accuracy": 0.5266666412353516, "error": 1.3409401178359985}}');
INSERT INTO "jrtune_curves" VALUES(2,5,2,'{"epoch": 2, "train": {"kind": 0.716983106136322, "amount": 3.0046469354629517}, "val": {"kind": 0.7060354351997375, "amount": 2.649646759033203}, "objectives": {"accuracy": 0.5333333611488342, "error": 1.333532691001892}}');
INSERT INTO "jrtune_curves" VALUES(3,0,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.695364773273468, "amount": 3.045311212539673}, "objectives": {"accuracy": 0.5266666412353516, "error": 1.4330565929412842}, "gradients": {"kind": 0.07288413960346259, "amount": 1.227205888457707}}');
INSERT INTO "jrtune_curves" VALUES(3,0,1,'{"epoch": 1, "train": {"kind": 0.6928783830006917, "amount": 3.447436119715373}, "val": {"kind": 0.6928896903991699, "amount": 3.0387675762176514}, "objectives": {"accuracy": 0.5133333206176758, "error": 1.431640863418579}}');
INSERT INTO "jrtune_curves" VALUES(3,0,2,'{"epoch": 2, "train": {"kind": 0.6837812717755636, "amount": 3.4385176944732665}, "val": {"kind": 0.6937621831893921, "amount": 3.036020040512085}, "objectives": {"accuracy": 0.5066666603088379, "error": 1.4310100078582764}}');
INSERT INTO "jrtune_curves" VALUES(3,1,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.8123399615287781, "amount": 2.7034032344818115}, "objectives": {"accuracy": 0.4399999976158142, "error": 1.3480149507522583}, "gradients": {"kind": 0.269037552244723, "amount": 1.3339268433954108}}');
INSERT INTO "jrtune_curves" VALUES(3,1,1,'{"epoch": 1, "train": {"kind": 0.7806240177154541, "amount": 3.091089824040731}, "val": {"kind": 0.8070881962776184, "amount": 2.711956262588501}, "objectives": {"accuracy": 0.4399999976158142, "error": 1.349920392036438}}');
INSERT INTO "jrtune_curves" VALUES(3,1,2,'{"epoch": 2, "train": {"kind": 0.7765314730008444, "amount": 3.0974616400400796}, "val": {"kind": 0.8058577179908752, "amount": 2.7137792110443115}, "objectives": {"accuracy": 0.4399999976158142, "error": 1.3503267765045166}}');
INSERT INTO "jrtune_curves" VALUES(3,2,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7280760407447815, "amount": 3.302823066711426}, "objectives": {"accuracy": 0.41333332657814026, "error": 1.498268485069275}, "gradients": {"kind": 0.14931967843366725, "amount": 1.130678008266324}}');
INSERT INTO "jrtune_curves" VALUES(3,2,1,'{"epoch": 1, "train": {"kind": 0.7091979757944743, "amount": 3.6959759521484377}, "val": {"kind": 0.6921659111976624, "amount": 3.2036359310150146}, "objectives": {"accuracy": 0.5600000023841858, "error": 1.480322003364563}}');
INSERT INTO "jrtune_curves" VALUES(3,2,2,'{"epoch": 2, "train": {"kind": 0.6853817995389303, "amount": 3.6287669563293456}, "val": {"kind": 0.6918035745620728, "amount": 3.181960344314575}, "objectives": {"accuracy": 0.5400000214576721, "error": 1.4756221771240234}}');
INSERT INTO "jrtune_curves" VALUES(4,0,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.695364773273468, "amount": 3.045311212539673}, "objectives": {"accuracy": 0.5266666412353516, "error": 1.4330565929412842}, "gradients": {"kind": 0.07288413960346259, "amount": 1.227205888457707}}');
INSERT INTO "jrtune_curves" VALUES(4,0,1,'{"epoch": 1, "train": {"kind": 0.6948218377431233, "amount": 3.31456085840861}, "val": {"kind": 0.6932383179664612, "amount": 2.778129816055298}, "objectives": {"accuracy": 0.5199999809265137, "error": 1.3691164255142212}}');
INSERT INTO "jrtune_curves" VALUES(4,0,2,'{"epoch": 2, "train": {"kind": 0.6953293029467265, "amount": 3.1079180590311686}, "val": {"kind": 0.6927334070205688, "amount": 2.7094802856445312}, "objectives": {"accuracy": 0.5266666412353516, "error": 1.3521771430969238}}');
INSERT INTO "jrtune_curves" VALUES(4,1,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.8123399615287781, "amount": 2.7034032344818115}, "objectives": {"accuracy": 0.4399999976158142, "error": 1.3480149507522583}, "gradients": {"kind": 0.269037552244723, "amount": 1.3339268433954108}}');
INSERT INTO "jrtune_curves" VALUES(4,1,1,'{"epoch": 1, "train": {"kind": 0.782557680606842, "amount": 3.075335553487142}, "val": {"kind": 0.8130921721458435, "amount": 2.6802985668182373}, "objectives": {"accuracy": 0.4399999976158142, "error": 1.342265248298645}}');
INSERT INTO "jrtune_curves" VALUES(4,1,2,'{"epoch": 2, "train": {"kind": 0.7830940119425456, "amount": 3.0553019682566327}, "val": {"kind": 0.8133313655853271, "amount": 2.674109697341919}, "objectives": {"accuracy": 0.4399999976158142, "error": 1.3406866788864136}}');
INSERT INTO "jrtune_curves" VALUES(4,2,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7280760407447815, "amount": 3.302823066711426}, "objectives": {"accuracy": 0.41333332657814026, "error": 1.498268485069275}, "gradients": {"kind": 0.14931967843366725, "amount": 1.130678008266324}}');
INSERT INTO "jrtune_curves" VALUES(4,2,1,'{"epoch": 1, "train": {"kind": 0.7177333243687948, "amount": 3.537445316314697}, "val": {"kind": 0.7417801022529602, "amount": 2.973233222961426}, "objectives": {"accuracy": 0.4533333480358124, "error": 1.4180065393447876}}');
INSERT INTO "jrtune_curves" VALUES(4,2,2,'{"epoch": 2, "train": {"kind": 0.7305735683441162, "amount": 3.2957530307769773}, "val": {"kind": 0.7456122040748596, "amount": 2.921969175338745}, "objectives": {"accuracy": 0.4533333480358124, "error": 1.4049450159072876}}');
INSERT INTO "jrtune_curves" VALUES(5,0,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.695364773273468, "amount": 3.045311212539673}, "objectives": {"accuracy": 0.5266666412353516, "error": 1.4330565929412842}, "gradients": {"kind": 0.07288413960346259, "amount": 1.227205888457707}}');
INSERT INTO "jrtune_curves" VALUES(5,0,1,'{"epoch": 1, "train": {"kind": 0.6940960963567098, "amount": 3.3142790381113687}, "val": {"kind": 0.6918342709541321, "amount": 2.779043436050415}, "objectives": {"accuracy": 0.5266666412353516, "error": 1.3692587614059448}}');
INSERT INTO "jrtune_curves" VALUES(5,0,2,'{"epoch": 2, "train": {"kind": 0.6899304954210917, "amount": 3.1092416588465372}, "val": {"kind": 0.6924178004264832, "amount": 2.7107479572296143}, "objectives": {"accuracy": 0.5199999809265137, "error": 1.3524048328399658}}');
INSERT INTO "jrtune_curves" VALUES(5,1,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.8123399615287781, "amount": 2.7034032344818115}, "objectives": {"accuracy": 0.4399999976158142, "error": 1.3480149507522583}, "gradients": {"kind": 0.269037552244723, "amount": 1.3339268433954108}}');
INSERT INTO "jrtune_curves" VALUES(5,1,1,'{"epoch": 1, "train": {"kind": 0.7812526281674703, "amount": 3.0748872343699136}, "val": {"kind": 0.8091066479682922, "amount": 2.6799004077911377}, "objectives": {"accuracy": 0.4399999976158142, "error": 1.3420945405960083}}');
INSERT INTO "jrtune_curves" VALUES(5,1,2,'{"epoch": 2, "train": {"kind": 0.7787990697224935, "amount": 3.0549144013722738}, "val": {"kind": 0.808433473110199, "amount": 2.6737077236175537}, "objectives": {"accuracy": 0.4399999976158142, "error": 1.3405121564865112}}');
INSERT INTO "jrtune_curves" VALUES(5,2,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7280760407447815, "amount": 3.302823066711426}, "objectives": {"accuracy": 0.41333332657814026, "error": 1.498268485069275}, "gradients": {"kind": 0.14931967843366725, "amount": 1.130678008266324}}');
INSERT INTO "jrtune_curves" VALUES(5,2,1,'{"epoch": 1, "train": {"kind": 0.7158421230316162, "amount": 3.5452417882283527}, "val": {"kind": 0.7050459980964661, "amount": 2.9803974628448486}, "objectives": {"accuracy": 0.47999998927116394, "error": 1.4219011068344116}}');
INSERT INTO "jrtune_curves" VALUES(5,2,2,'{"epoch": 2, "train": {"kind": 0.70730477809906, "amount": 3.301403350830078}, "val": {"kind": 0.7069748044013977, "amount": 2.9280805587768555}, "objectives": {"accuracy": 0.47999998927116394, "error": 1.4074206352233887}}');
INSERT INTO "jrtune_curves" VALUES(5,3,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.6958500146865845, "amount": 2.6899421215057373}, "objectives": {"accuracy": 0.5866666436195374, "error": 1.343600869178772}, "gradients": {"kind": 0.11276538711894159, "amount": 1.2310729535599618}}');
INSERT INTO "jrtune_curves" VALUES(5,3,1,'{"epoch": 1, "train": {"kind": 0.7276646176973979, "amount": 3.022452351252238}, "val": {"kind": 0.6924540996551514, "amount": 2.5668749809265137}, "objectives": {"accuracy": 0.5666666626930237, "error": 1.3138139247894287}}');
INSERT INTO "jrtune_curves" VALUES(5,3,2,'{"epoch": 2, "train": {"kind": 0.7203968405723572, "amount": 2.9165485159556073}, "val": {"kind": 0.6918653845787048, "amount": 2.5345089435577393}, "objectives": {"accuracy": 0.5666666626930237, "error": 1.3056720495224}}');
INSERT INTO "jrtune_curves" VALUES(5,4,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7007990479469299, "amount": 2.9888341426849365}, "objectives": {"accuracy": 0.5199999809265137, "error": 1.429456114768982}, "gradients": {"kind": 0.12758768435943346, "amount": 1.183799711100719}}');
INSERT INTO "jrtune_curves" VALUES(5,4,1,'{"epoch": 1, "train": {"kind": 0.7224064294497172, "amount": 3.261970818837484}, "val": {"kind": 0.6959667801856995, "amount": 2.702275276184082}, "objectives": {"accuracy": 0.5400000214576721, "error": 1.3595856428146362}}');
INSERT INTO "jrtune_curves" VALUES(5,4,2,'{"epoch": 2, "train": {"kind": 0.7101198180516561, "amount": 3.014521025021871}, "val": {"kind": 0.6956080794334412, "amount": 2.6272501945495605}, "objectives": {"accuracy": 0.5266666412353516, "error": 1.3404814004898071}}');
INSERT INTO "jrtune_curves" VALUES(5,5,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7120494842529297, "amount": 2.794174909591675}, "objectives": {"accuracy": 0.5199999809265137, "error": 1.368620753288269}, "gradients": {"kind": 0.10437770359344709, "amount": 0.9151298588751428}}');
INSERT INTO "jrtune_curves" VALUES(5,5,1,'{"epoch": 1, "train": {"kind": 0.7253399276733399, "amount": 3.101436573664347}, "val": {"kind": 0.707091748714447, "amount": 2.6795523166656494}, "objectives": {"accuracy": 0.5266666412353516, "error": 1.3409401178359985}}');
INSERT INTO "jrtune_curves" VALUES(5,5,2,'{"epoch": 2, "train": {"kind": 0.7169831188519796, "amount": 3.0046468846003216}, "val": {"kind": 0.7060354351997375, "amount": 2.649646759033203}, "objectives": {"accuracy": 0.5333333611488342, "error": 1.333532691001892}}');
INSERT INTO "jrtune_curves" VALUES(6,0,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.695364773273468, "amount": 3.045311212539673}, "objectives": {"accuracy": 0.5266666412353516, "error": 1.4330565929412842}, "gradients": {"kind": 0.07288413960346259, "amount": 1.227205888457707}}');
INSERT INTO "jrtune_curves" VALUES(6,0,1,'{"epoch": 1, "train": {"kind": 0.6940966725349427, "amount": 3.314205331802368}, "val": {"kind": 0.6919050812721252, "amount": 2.778517723083496}, "objectives": {"accuracy": 0.5266666412353516, "error": 1.3691309690475464}}');
INSERT INTO "jrtune_curves" VALUES(6,0,2,'{"epoch": 2, "train": {"kind": 0.6899387327829997, "amount": 3.108522434234619}, "val": {"kind": 0.6925209164619446, "amount": 2.7099034786224365}, "objectives": {"accuracy": 0.5199999809265137, "error": 1.3521945476531982}}');
INSERT INTO "jrtune_curves" VALUES(6,1,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.8123399615287781, "amount": 2.7034032344818115}, "objectives": {"accuracy": 0.4399999976158142, "error": 1.3480149507522583}, "gradients": {"kind": 0.269037552244723, "amount": 1.3339268433954108}}');
INSERT INTO "jrtune_curves" VALUES(6,1,1,'{"epoch": 1, "train": {"kind": 0.7812490582466125, "amount": 3.0748970190684}, "val": {"kind": 0.8090953826904297, "amount": 2.6799166202545166}, "objectives": {"accuracy": 0.4399999976158142, "error": 1.3420966863632202}}');
INSERT INTO "jrtune_curves" VALUES(6,1,2,'{"epoch": 2, "train": {"kind": 0.7787777702013652, "amount": 3.054924914042155}, "val": {"kind": 0.8084181547164917, "amount": 2.6737098693847656}, "objectives": {"accuracy": 0.4399999976158142, "error": 1.3405095338821411}}');
INSERT INTO "jrtune_curves" VALUES(6,2,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7280760407447815, "amount": 3.302823066711426}, "objectives": {"accuracy": 0.41333332657814026, "error": 1.498268485069275}, "gradients": {"kind": 0.14931967843366725, "amount": 1.130678008266324}}');
INSERT INTO "jrtune_curves" VALUES(6,2,1,'{"epoch": 1, "train": {"kind": 0.7159817536671956, "amount": 3.5457396062215167}, "val": {"kind": 0.7048434615135193, "amount": 2.9811413288116455}, "objectives": {"accuracy": 0.47999998927116394, "error": 1.4219396114349365}}');
INSERT INTO "jrtune_curves" VALUES(6,2,2,'{"epoch": 2, "train": {"kind": 0.7074607014656067, "amount": 3.3034117317199705}, "val": {"kind": 0.7066457867622375, "amount": 2.9301209449768066}, "objectives": {"accuracy": 0.47999998927116394, "error": 1.4077820777893066}}');
INSERT INTO "jrtune_curves" VALUES(6,3,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.6958500146865845, "amount": 2.6899421215057373}, "objectives": {"accuracy": 0.5866666436195374, "error": 1.343600869178772}, "gradients": {"kind": 0.11276538711894159, "amount": 1.2310729535599618}}');
INSERT INTO "jrtune_curves" VALUES(6,3,1,'{"epoch": 1, "train": {"kind": 0.7276646176973979, "amount": 3.022452351252238}, "val": {"kind": 0.6924540400505066, "amount": 2.5668749809265137}, "objectives": {"accuracy": 0.5666666626930237, "error": 1.3138139247894287}}');
INSERT INTO "jrtune_curves" VALUES(6,3,2,'{"epoch": 2, "train": {"kind": 0.720396815141042, "amount": 2.9165485159556073}, "val": {"kind": 0.6918653845787048, "amount": 2.5345089435577393}, "objectives": {"accuracy": 0.5666666626930237, "error": 1.3056720495224}}');
INSERT INTO "jrtune_curves" VALUES(6,4,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7007990479469299, "amount": 2.9888341426849365}, "objectives": {"accuracy": 0.5199999809265137, "error": 1.429456114768982}, "gradients": {"kind": 0.12758768435943346, "amount": 1.183799711100719}}');
INSERT INTO "jrtune_curves" VALUES(6,4,1,'{"epoch": 1, "train": {"kind": 0.7224064294497172, "amount": 3.261970920562744}, "val": {"kind": 0.6959668397903442, "amount": 2.702275276184082}, "objectives": {"accuracy": 0.5400000214576721, "error": 1.3595856428146362}}');
INSERT INTO "jrtune_curves" VALUES(6,4,2,'{"epoch": 2, "train": {"kind": 0.7101197457313537, "amount": 3.0145210599899293}, "val": {"kind": 0.6956080198287964, "amount": 2.6272501945495605}, "objectives": {"accuracy": 0.5266666412353516, "error": 1.3404814004898071}}');
INSERT INTO "jrtune_curves" VALUES(6,5,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7120494842529297, "amount": 2.794174909591675}, "objectives": {"accuracy": 0.5199999809265137, "error": 1.368620753288269}, "gradients": {"kind": 0.10437770359344709, "amount": 0.9151298588751428}}');
INSERT INTO "jrtune_curves" VALUES(6,5,1,'{"epoch": 1, "train": {"kind": 0.7253399276733399, "amount": 3.101436573664347}, "val": {"kind": 0.707091748714447, "amount": 2.6795523166656494}, "objectives": {"accuracy": 0.5266666412353516, "error": 1.3409401178359985}}');
INSERT INTO "jrtune_curves" VALUES(6,5,2,'{"epoch": 2, "train": {"kind": 0.716983106136322, "amount": 3.0046469354629517}, "val": {"kind": 0.7060354351997375, "amount": 2.649646759033203}, "objectives": {"accuracy": 0.5333333611488342, "error": 1.333532691001892}}');
INSERT INTO "jrtune_curves" VALUES(7,0,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.695364773273468, "amount": 3.045311212539673}, "objectives": {"accuracy": 0.5266666412353516, "error": 1.4330565929412842}, "gradients": {"kind": 0.07288413960346259, "amount": 1.227205888457707}}');
INSERT INTO "jrtune_curves" VALUES(7,0,1,'{"epoch": 1, "train": {"kind": 0.6944760123888651, "amount": 3.3208437156677246}, "val": {"kind": 0.6924927234649658, "amount": 2.7924954891204834}, "objectives": {"accuracy": 0.5199999809265137, "error": 1.3728431463241577}}');
INSERT INTO "jrtune_curves" VALUES(7,0,2,'{"epoch": 2, "train": {"kind": 0.6899997051556905, "amount": 3.126032430330912}, "val": {"kind": 0.6931759715080261, "amount": 2.7262182235717773}, "objectives": {"accuracy": 0.5, "error": 1.3566685914993286}}');
INSERT INTO "jrtune_curves" VALUES(7,1,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.8123399615287781, "amount": 2.7034032344818115}, "objectives": {"accuracy": 0.4399999976158142, "error": 1.3480149507522583}, "gradients": {"kind": 0.269037552244723, "amount": 1.3339268433954108}}');
INSERT INTO "jrtune_curves" VALUES(7,1,1,'{"epoch": 1, "train": {"kind": 0.7811197257041931, "amount": 3.07603453318278}, "val": {"kind": 0.8093252182006836, "amount": 2.6816797256469727}, "objectives": {"accuracy": 0.4399999976158142, "error": 1.342444896697998}}');
INSERT INTO "jrtune_curves" VALUES(7,1,2,'{"epoch": 2, "train": {"kind": 0.7789361667633057, "amount": 3.057152894337972}, "val": {"kind": 0.8088189959526062, "amount": 2.6757662296295166}, "objectives": {"accuracy": 0.4399999976158142, "error": 1.3409309387207031}}');
INSERT INTO "jrtune_curves" VALUES(7,2,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7280760407447815, "amount": 3.302823066711426}, "objectives": {"accuracy": 0.41333332657814026, "error": 1.498268485069275}, "gradients": {"kind": 0.14931967843366725, "amount": 1.130678008266324}}');
INSERT INTO "jrtune_curves" VALUES(7,2,1,'{"epoch": 1, "train": {"kind": 0.715108327070872, "amount": 3.546878652572632}, "val": {"kind": 0.7037609815597534, "amount": 2.9802322387695312}, "objectives": {"accuracy": 0.47999998927116394, "error": 1.4214258193969727}}');
INSERT INTO "jrtune_curves" VALUES(7,2,2,'{"epoch": 2, "train": {"kind": 0.7053911328315735, "amount": 3.3019815635681153}, "val": {"kind": 0.7046455144882202, "amount": 2.928105592727661}, "objectives": {"accuracy": 0.4533333480358124, "error": 1.4071871042251587}}');
INSERT INTO "jrtune_curves" VALUES(7,3,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.6958500146865845, "amount": 2.6899421215057373}, "objectives": {"accuracy": 0.5866666436195374, "error": 1.343600869178772}, "gradients": {"kind": 0.11276538711894159, "amount": 1.2310729535599618}}');
INSERT INTO "jrtune_curves" VALUES(7,3,1,'{"epoch": 1, "train": {"kind": 0.7285096581776936, "amount": 3.0239297040303548}, "val": {"kind": 0.6933248043060303, "amount": 2.569566011428833}, "objectives": {"accuracy": 0.5666666626930237, "error": 1.3144115209579468}}');
INSERT INTO "jrtune_curves" VALUES(7,3,2,'{"epoch": 2, "train": {"kind": 0.7227369729677836, "amount": 2.920275505383809}, "val": {"kind": 0.6929168701171875, "amount": 2.537558078765869}, "objectives": {"accuracy": 0.5666666626930237, "error": 1.3063690662384033}}');
INSERT INTO "jrtune_curves" VALUES(7,4,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.6807723641395569, "amount": 2.8302547931671143}, "objectives": {"accuracy": 0.5666666626930237, "error": 1.3773454427719116}, "gradients": {"kind": 0.1059877645373444, "amount": 1.3066890120941057}}');
INSERT INTO "jrtune_curves" VALUES(7,4,1,'{"epoch": 1, "train": {"kind": 0.7114407134056091, "amount": 3.1206670570373536}, "val": {"kind": 0.676588773727417, "amount": 2.619050979614258}, "objectives": {"accuracy": 0.5866666436195374, "error": 1.3248443603515625}}');
INSERT INTO "jrtune_curves" VALUES(7,4,2,'{"epoch": 2, "train": {"kind": 0.7006628481547038, "amount": 2.9398538637161256}, "val": {"kind": 0.6759295463562012, "amount": 2.565187692642212}, "objectives": {"accuracy": 0.5666666626930237, "error": 1.3107720613479614}}');
INSERT INTO "jrtune_curves" VALUES(7,5,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7120494842529297, "amount": 2.794174909591675}, "objectives": {"accuracy": 0.5199999809265137, "error": 1.368620753288269}, "gradients": {"kind": 0.10437770359344709, "amount": 0.9151298588751428}}');
INSERT INTO "jrtune_curves" VALUES(7,5,1,'{"epoch": 1, "train": {"kind": 0.7252449266115825, "amount": 3.102974459330241}, "val": {"kind": 0.7072985172271729, "amount": 2.6842541694641113}, "objectives": {"accuracy": 0.5266666412353516, "error": 1.3420110940933228}}');
INSERT INTO "jrtune_curves" VALUES(7,5,2,'{"epoch": 2, "train": {"kind": 0.717279687722524, "amount": 3.0107342338562013}, "val": {"kind": 0.7064709663391113, "amount": 2.6549534797668457}, "objectives": {"accuracy": 0.5333333611488342, "error": 1.3347296714782715}}');
CREATE TABLE jrtune_lease (
	id INTEGER NOT NULL, 
	host VARCHAR(255) NOT NULL, 
	pid INTEGER NOT NULL, 
	since VARCHAR(40) NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "jrtune_lease" VALUES(1,'host',12516,'2026-11-29T05:28:03+00:00');
CREATE TABLE jrtune_meta (
	schema_version INTEGER NOT NULL, 
	PRIMARY KEY (schema_version)
);
INSERT INTO "jrtune_meta" VALUES(1);
CREATE TABLE jrtune_models (
	study_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	tensors BLOB NOT NULL, 
	PRIMARY KEY (study_id, number), 
	FOREIGN KEY(study_id) REFERENCES jrtune_studies (id)
);
CREATE TABLE jrtune_results (
	study_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	origin VARCHAR(255) NOT NULL, 
	candidate TEXT NOT NULL, 
	ending VARCHAR(20) NOT NULL, 
	epoch INTEGER NOT NULL, 
	vals JSON NOT NULL, 
	losses JSON NOT NULL, 
	loss_scale JSON NOT NULL, 
	seconds FLOAT NOT NULL, 
	message TEXT NOT NULL, 
	finished VARCHAR(40) NOT NULL, 
	PRIMARY KEY (study_id, number), 
	FOREIGN KEY(study_id) REFERENCES jrtune_studies (id)
);
INSERT INTO "jrtune_results" VALUES(1,0,'equal weights','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete',2,'{"accuracy": 0.5199999809265137, "error": 1.3521945476531982}','{"kind": 0.6925209164619446, "amount": 2.7099034786224365}','{"kind": 0.695364773273468, "amount": 3.045311212539673}',2.82790554997518484015e-02,'','2026-11-29T05:20:35.270+00:00');
INSERT INTO "jrtune_results" VALUES(1,1,'single kind','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete',1,'{"accuracy": 0.5533333420753479, "error": 1.4548842906951904}','{"kind": 0.6876269578933716, "amount": 3.1184303760528564}','{"kind": 0.6951510906219482, "amount": 3.096652030944824}',2.82790554997518484015e-02,'','2026-11-29T05:20:35.270+00:00');
INSERT INTO "jrtune_results" VALUES(1,2,'single amount','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete',2,'{"accuracy": 0.46000000834465027, "error": 1.3240435123443604}','{"kind": 0.7073355317115784, "amount": 2.6371910572052}','{"kind": 0.7077690362930298, "amount": 2.9735946655273438}',3.31393000005846261046e-02,'','2026-11-29T05:20:35.421+00:00');
INSERT INTO "jrtune_results" VALUES(1,3,'front','{"weights": {"kind": 0.25871093848124516, "amount": 0.7412890615187548}, "choices": {"width": 4, "lr": 0.02659677795970113}, "balancing": "fixed"}','complete',2,'{"accuracy": 0.5600000023841858, "error": 1.3924343585968018}','{"kind": 0.6949800848960876, "amount": 2.8311493396759033}','{"kind": 0.7329367399215698, "amount": 3.311469793319702}',2.72407960001146420836e-02,'','2026-11-29T05:20:35.422+00:00');
INSERT INTO "jrtune_results" VALUES(1,4,'front','{"weights": {"kind": 0.5682341167217423, "amount": 0.4317658832782577}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete',2,'{"accuracy": 0.5733333230018616, "error": 0.24003778398036957}','{"kind": 0.7130180597305298, "amount": 0.08934804797172546}','{"kind": 0.7007989883422852, "amount": 2.9888341426849365}',2.12135609999677399173e-02,'','2026-11-29T05:20:35.539+00:00');
INSERT INTO "jrtune_results" VALUES(1,5,'front','{"weights": {"kind": 0.2090435807341834, "amount": 0.7909564192658166}, "choices": {"width": 4, "lr": 0.0011478245522323406}, "balancing": "fixed"}','pruned',0,'{}','{}','{"kind": 0.7527671456336975, "amount": 2.9954967498779297}',1.2785799999619484879e-02,'dropped at rung 1','2026-11-29T05:20:35.540+00:00');
INSERT INTO "jrtune_results" VALUES(2,0,'default choices','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete',2,'{"accuracy": 0.5199999809265137, "error": 1.3521945476531982}','{"kind": 0.6925209164619446, "amount": 2.7099034786224365}','{"kind": 0.695364773273468, "amount": 3.045311212539673}',3.99519249995137215591e-02,'','2026-11-29T05:27:57.436+00:00');
INSERT INTO "jrtune_results" VALUES(2,1,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 4, "lr": 0.0010305222841740863}, "balancing": "fixed"}','complete',2,'{"accuracy": 0.4399999976158142, "error": 1.3405095338821411}','{"kind": 0.8084181547164917, "amount": 2.6737098693847656}','{"kind": 0.8123399615287781, "amount": 2.7034032344818115}',2.62890079993667313829e-02,'','2026-11-29T05:27:57.500+00:00');
INSERT INTO "jrtune_results" VALUES(2,2,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 4, "lr": 0.027452139754614923}, "balancing": "fixed"}','complete',2,'{"accuracy": 0.47999998927116394, "error": 1.4077820777893066}','{"kind": 0.7066457867622375, "amount": 2.9301209449768066}','{"kind": 0.7280760407447815, "amount": 3.302823066711426}',2.86866599999484606087e-02,'','2026-11-29T05:27:57.672+00:00');
INSERT INTO "jrtune_results" VALUES(2,3,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 60, "lr": 0.0010480961400348569}, "balancing": "fixed"}','complete',2,'{"accuracy": 0.5666666626930237, "error": 1.3056720495224}','{"kind": 0.6918653845787048, "amount": 2.5345089435577393}','{"kind": 0.6958500146865845, "amount": 2.6899421215057373}',2.67953930006115115247e-02,'','2026-11-29T05:27:57.722+00:00');
INSERT INTO "jrtune_results" VALUES(2,4,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 64, "lr": 0.002230235641282504}, "balancing": "fixed"}','complete',2,'{"accuracy": 0.5266666412353516, "error": 1.3404814004898071}','{"kind": 0.6956080198287964, "amount": 2.6272501945495605}','{"kind": 0.7007990479469299, "amount": 2.9888341426849365}',3.56455994500265660462e-01,'','2026-11-29T05:27:58.835+00:00');
INSERT INTO "jrtune_results" VALUES(2,5,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 64, "lr": 0.0010092526498479226}, "balancing": "fixed"}','complete',2,'{"accuracy": 0.5333333611488342, "error": 1.333532691001892}','{"kind": 0.7060354351997375, "amount": 2.649646759033203}','{"kind": 0.7120494842529297, "amount": 2.794174909591675}',3.56455994500265660462e-01,'','2026-11-29T05:27:58.835+00:00');
INSERT INTO "jrtune_results" VALUES(3,0,'default choices','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete',1,'{"accuracy": 0.5133333206176758, "error": 1.431640863418579}','{"kind": 0.6928896903991699, "amount": 3.0387675762176514}','{"kind": 0.695364773273468, "amount": 3.045311212539673}',2.7131413000461179763e-02,'','2026-11-29T05:27:59.161+00:00');
INSERT INTO "jrtune_results" VALUES(3,1,'front','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 4, "lr": 0.0010305222841740863}, "balancing": "fixed"}','complete',2,'{"accuracy": 0.4399999976158142, "error": 1.3503267765045166}','{"kind": 0.8058577179908752, "amount": 2.7137792110443115}','{"kind": 0.8123399615287781, "amount": 2.7034032344818115}',2.49903849999100202694e-02,'','2026-11-29T05:27:59.267+00:00');
INSERT INTO "jrtune_results" VALUES(3,2,'front','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 4, "lr": 0.027452139754614923}, "balancing": "fixed"}','complete',2,'{"accuracy": 0.5400000214576721, "error": 1.4756221771240234}','{"kind": 0.6918035745620728, "amount": 3.181960344314575}','{"kind": 0.7280760407447815, "amount": 3.302823066711426}',2.67271510001592105254e-02,'','2026-11-29T05:27:59.388+00:00');
INSERT INTO "jrtune_results" VALUES(4,0,'default choices','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete',2,'{"accuracy": 0.5266666412353516, "error": 1.3521771430969238}','{"kind": 0.6927334070205688, "amount": 2.7094802856445312}','{"kind": 0.695364773273468, "amount": 3.045311212539673}',8.06381780002993764355e-02,'','2026-11-29T05:28:00.259+00:00');
INSERT INTO "jrtune_results" VALUES(4,1,'front','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 4, "lr": 0.0010305222841740863}, "balancing": "fixed"}','complete',2,'{"accuracy": 0.4399999976158142, "error": 1.3406866788864136}','{"kind": 0.8133313655853271, "amount": 2.674109697341919}','{"kind": 0.8123399615287781, "amount": 2.7034032344818115}',5.34112340001229313202e-02,'','2026-11-29T05:28:00.419+00:00');
INSERT INTO "jrtune_results" VALUES(4,2,'front','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 4, "lr": 0.027452139754614923}, "balancing": "fixed"}','complete',2,'{"accuracy": 0.4533333480358124, "error": 1.4049450159072876}','{"kind": 0.7456122040748596, "amount": 2.921969175338745}','{"kind": 0.7280760407447815, "amount": 3.302823066711426}',9.34484409999640774913e-02,'','2026-11-29T05:28:00.597+00:00');
INSERT INTO "jrtune_results" VALUES(5,0,'default choices','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "uncertainty"}','complete',2,'{"accuracy": 0.5199999809265137, "error": 1.3524048328399658}','{"kind": 0.6924178004264832, "amount": 2.7107479572296143}','{"kind": 0.695364773273468, "amount": 3.045311212539673}',2.09083569998256280086e-02,'','2026-11-29T05:28:01.661+00:00');
INSERT INTO "jrtune_results" VALUES(5,1,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 4, "lr": 0.0010305222841740863}, "balancing": "uncertainty"}','complete',2,'{"accuracy": 0.4399999976158142, "error": 1.3405121564865112}','{"kind": 0.808433473110199, "amount": 2.6737077236175537}','{"kind": 0.8123399615287781, "amount": 2.7034032344818115}',1.69119649999629473313e-02,'','2026-11-29T05:28:01.696+00:00');
INSERT INTO "jrtune_results" VALUES(5,2,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 4, "lr": 0.027452139754614923}, "balancing": "uncertainty"}','complete',2,'{"accuracy": 0.47999998927116394, "error": 1.4074206352233887}','{"kind": 0.7069748044013977, "amount": 2.9280805587768555}','{"kind": 0.7280760407447815, "amount": 3.302823066711426}',3.48622760002399445511e-02,'','2026-11-29T05:28:01.827+00:00');
INSERT INTO "jrtune_results" VALUES(5,3,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 60, "lr": 0.0010480961400348569}, "balancing": "uncertainty"}','complete',2,'{"accuracy": 0.5666666626930237, "error": 1.3056720495224}','{"kind": 0.6918653845787048, "amount": 2.5345089435577393}','{"kind": 0.6958500146865845, "amount": 2.6899421215057373}',2.07730649999575689435e-02,'','2026-11-29T05:28:01.877+00:00');
INSERT INTO "jrtune_results" VALUES(5,4,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 64, "lr": 0.002230235641282504}, "balancing": "uncertainty"}','complete',2,'{"accuracy": 0.5266666412353516, "error": 1.3404814004898071}','{"kind": 0.6956080794334412, "amount": 2.6272501945495605}','{"kind": 0.7007990479469299, "amount": 2.9888341426849365}',5.36866285001451615244e-02,'','2026-11-29T05:28:02.157+00:00');
INSERT INTO "jrtune_results" VALUES(5,5,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 64, "lr": 0.0010092526498479226}, "balancing": "uncertainty"}','complete',2,'{"accuracy": 0.5333333611488342, "error": 1.333532691001892}','{"kind": 0.7060354351997375, "amount": 2.649646759033203}','{"kind": 0.7120494842529297, "amount": 2.794174909591675}',5.36866285001451615244e-02,'','2026-11-29T05:28:02.157+00:00');
INSERT INTO "jrtune_results" VALUES(6,0,'default choices','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "dwa"}','complete',2,'{"accuracy": 0.5199999809265137, "error": 1.3521945476531982}','{"kind": 0.6925209164619446, "amount": 2.7099034786224365}','{"kind": 0.695364773273468, "amount": 3.045311212539673}',2.34261650002736132591e-02,'','2026-11-29T05:28:02.663+00:00');
INSERT INTO "jrtune_results" VALUES(6,1,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 4, "lr": 0.0010305222841740863}, "balancing": "dwa"}','complete',2,'{"accuracy": 0.4399999976158142, "error": 1.3405095338821411}','{"kind": 0.8084181547164917, "amount": 2.6737098693847656}','{"kind": 0.8123399615287781, "amount": 2.7034032344818115}',1.53750560002663405612e-02,'','2026-11-29T05:28:02.696+00:00');
INSERT INTO "jrtune_results" VALUES(6,2,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 4, "lr": 0.027452139754614923}, "balancing": "dwa"}','complete',2,'{"accuracy": 0.47999998927116394, "error": 1.4077820777893066}','{"kind": 0.7066457867622375, "amount": 2.9301209449768066}','{"kind": 0.7280760407447815, "amount": 3.302823066711426}',2.96955809999417397193e-02,'','2026-11-29T05:28:02.869+00:00');
INSERT INTO "jrtune_results" VALUES(6,3,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 60, "lr": 0.0010480961400348569}, "balancing": "dwa"}','complete',2,'{"accuracy": 0.5666666626930237, "error": 1.3056720495224}','{"kind": 0.6918653845787048, "amount": 2.5345089435577393}','{"kind": 0.6958500146865845, "amount": 2.6899421215057373}',2.27726330003861221484e-02,'','2026-11-29T05:28:02.907+00:00');
INSERT INTO "jrtune_results" VALUES(6,4,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 64, "lr": 0.002230235641282504}, "balancing": "dwa"}','complete',2,'{"accuracy": 0.5266666412353516, "error": 1.3404814004898071}','{"kind": 0.6956080198287964, "amount": 2.6272501945495605}','{"kind": 0.7007990479469299, "amount": 2.9888341426849365}',3.22329399996306165121e-02,'','2026-11-29T05:28:03.170+00:00');
INSERT INTO "jrtune_results" VALUES(6,5,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 64, "lr": 0.0010092526498479226}, "balancing": "dwa"}','complete',2,'{"accuracy": 0.5333333611488342, "error": 1.333532691001892}','{"kind": 0.7060354351997375, "amount": 2.649646759033203}','{"kind": 0.7120494842529297, "amount": 2.794174909591675}',3.22329399996306165121e-02,'','2026-11-29T05:28:03.170+00:00');
INSERT INTO "jrtune_results" VALUES(7,0,'default choices','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "random-weights"}','complete',2,'{"accuracy": 0.5, "error": 1.3566685914993286}','{"kind": 0.6931759715080261, "amount": 2.7262182235717773}','{"kind": 0.695364773273468, "amount": 3.045311212539673}',0.0383569699997679,'','2026-11-29T05:28:03.487+00:00');
INSERT INTO "jrtune_results" VALUES(7,1,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 4, "lr": 0.0010305222841740863}, "balancing": "random-weights"}','complete',2,'{"accuracy": 0.4399999976158142, "error": 1.3409309387207031}','{"kind": 0.8088189959526062, "amount": 2.6757662296295166}','{"kind": 0.8123399615287781, "amount": 2.7034032344818115}',3.73951779993149102665e-02,'','2026-11-29T05:28:03.555+00:00');
INSERT INTO "jrtune_results" VALUES(7,2,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 4, "lr": 0.027452139754614923}, "balancing": "random-weights"}','complete',2,'{"accuracy": 0.4533333480358124, "error": 1.4071871042251587}','{"kind": 0.7046455144882202, "amount": 2.928105592727661}','{"kind": 0.7280760407447815, "amount": 3.302823066711426}',3.24742390002938918769e-02,'','2026-11-29T05:28:03.760+00:00');
INSERT INTO "jrtune_results" VALUES(7,3,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 60, "lr": 0.0010480961400348569}, "balancing": "random-weights"}','complete',2,'{"accuracy": 0.5666666626930237, "error": 1.3063690662384033}','{"kind": 0.6929168701171875, "amount": 2.537558078765869}','{"kind": 0.6958500146865845, "amount": 2.6899421215057373}',2.25036620004175347276e-02,'','2026-11-29T05:28:03.793+00:00');
INSERT INTO "jrtune_results" VALUES(7,4,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 63, "lr": 0.0017001416103188773}, "balancing": "random-weights"}','complete',2,'{"accuracy": 0.5666666626930237, "error": 1.3107720613479614}','{"kind": 0.6759295463562012, "amount": 2.565187692642212}','{"kind": 0.6807723641395569, "amount": 2.8302547931671143}',2.77965230006884667091e-02,'','2026-11-29T05:28:04.155+00:00');
INSERT INTO "jrtune_results" VALUES(7,5,'front','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 64, "lr": 0.0010092526498479226}, "balancing": "random-weights"}','complete',2,'{"accuracy": 0.5333333611488342, "error": 1.3347296714782715}','{"kind": 0.7064709663391113, "amount": 2.6549534797668457}','{"kind": 0.7120494842529297, "amount": 2.794174909591675}',2.26406559995666611939e-02,'','2026-11-29T05:28:04.191+00:00');
CREATE TABLE jrtune_studies (
	id INTEGER NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	spec JSON NOT NULL, 
	seed BIGINT NOT NULL, 
	path TEXT NOT NULL, 
	options JSON NOT NULL, 
	data VARCHAR(80) NOT NULL, 
	reference JSON, 
	versions JSON NOT NULL, 
	created VARCHAR(40) NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
INSERT INTO "jrtune_studies" VALUES(1,'example','{"losses": ["kind", "amount"], "objectives": {"accuracy": {"direction": "maximize", "bound": null, "worst": null, "term": "kind", "resource": false}, "error": {"direction": "minimize", "bound": null, "worst": null, "term": "amount", "resource": false}}, "space": {"width": {"kind": "integer", "default": 16, "options": [], "low": 4, "high": 64, "log": true, "when": {}}, "lr": {"kind": "number", "default": 0.005477225575051661, "options": [], "low": 0.001, "high": 0.03, "log": true, "when": {}}}, "epochs": 2, "training": {"lr": 0.001, "weight_decay": 0.01, "batch_size": 64, "clip": 1.0, "schedule": "cosine", "warmup": 0.05, "optimizer": "adamw", "momentum": 0.9, "scalarisation": "sum", "frozen": "", "frozen_for": 0.0, "frozen_rate": 1.0}, "weighting": {"log": false, "floor": 0.0, "groups": {}}, "constraints": {}, "watched": [], "model": ["width"]}',0,'/studies/example.py','{}','sha256:544ddb6a54ffc2495c3313daf4d33a5627c7a3db981481b8cb6ca54621c7e401','{"accuracy": 0.4213333368301392, "error": 1.4684147357940673}','{"jrtune": "0.1.0", "torch": "2.13.0+cpu", "optuna": "5.0.0", "python": "3.11.7", "device": "cpu: x86_64, 2 threads", "source": "3b3bac06333dee59be0cb4aa31815e440555cec27cb75c641b9031e2ebb939fa", "declared": "example", "stack": "128"}','2026-11-29T05:20:32.949+00:00');
INSERT INTO "jrtune_studies" VALUES(2,'example--equal-weights','{"losses": ["kind", "amount"], "objectives": {"accuracy": {"direction": "maximize", "bound": null, "worst": null, "term": "kind", "resource": false}, "error": {"direction": "minimize", "bound": null, "worst": null, "term": "amount", "resource": false}}, "space": {"width": {"kind": "integer", "default": 16, "options": [], "low": 4, "high": 64, "log": true, "when": {}}, "lr": {"kind": "number", "default": 0.005477225575051661, "options": [], "low": 0.001, "high": 0.03, "log": true, "when": {}}}, "epochs": 2, "training": {"lr": 0.001, "weight_decay": 0.01, "batch_size": 64, "clip": 1.0, "schedule": "cosine", "warmup": 0.05, "optimizer": "adamw", "momentum": 0.9, "scalarisation": "sum", "frozen": "", "frozen_for": 0.0, "frozen_rate": 1.0}, "weighting": {"log": false, "floor": 0.0, "groups": {}}, "constraints": {}, "watched": [], "model": ["width"]}',0,'/studies/example.py','{}','sha256:544ddb6a54ffc2495c3313daf4d33a5627c7a3db981481b8cb6ca54621c7e401','{"accuracy": 0.5193333148956298, "error": 1.4411427974700928}','{"jrtune": "0.1.0", "torch": "2.13.0+cpu", "optuna": "5.0.0", "python": "3.11.7", "device": "cpu: x86_64, 2 threads", "source": "3b3bac06333dee59be0cb4aa31815e440555cec27cb75c641b9031e2ebb939fa", "declared": "example", "stack": "128"}','2026-11-29T05:27:57.170+00:00');
INSERT INTO "jrtune_studies" VALUES(3,'example--single-kind','{"losses": ["kind", "amount"], "objectives": {"accuracy": {"direction": "maximize", "bound": null, "worst": null, "term": "kind", "resource": false}, "error": {"direction": "minimize", "bound": null, "worst": null, "term": "amount", "resource": false}}, "space": {"width": {"kind": "integer", "default": 16, "options": [], "low": 4, "high": 64, "log": true, "when": {}}, "lr": {"kind": "number", "default": 0.005477225575051661, "options": [], "low": 0.001, "high": 0.03, "log": true, "when": {}}}, "epochs": 2, "training": {"lr": 0.001, "weight_decay": 0.01, "batch_size": 64, "clip": 1.0, "schedule": "cosine", "warmup": 0.05, "optimizer": "adamw", "momentum": 0.9, "scalarisation": "sum", "frozen": "", "frozen_for": 0.0, "frozen_rate": 1.0}, "weighting": {"log": false, "floor": 0.0, "groups": {}}, "constraints": {}, "watched": [], "model": ["width"]}',0,'/studies/example.py','{}','sha256:544ddb6a54ffc2495c3313daf4d33a5627c7a3db981481b8cb6ca54621c7e401','{"accuracy": 0.5046666622161865, "error": 1.433261251449585}','{"jrtune": "0.1.0", "torch": "2.13.0+cpu", "optuna": "5.0.0", "python": "3.11.7", "device": "cpu: x86_64, 2 threads", "source": "3b3bac06333dee59be0cb4aa31815e440555cec27cb75c641b9031e2ebb939fa", "declared": "example", "stack": "128"}','2026-11-29T05:27:58.991+00:00');
INSERT INTO "jrtune_studies" VALUES(4,'example--single-amount','{"losses": ["kind", "amount"], "objectives": {"accuracy": {"direction": "maximize", "bound": null, "worst": null, "term": "kind", "resource": false}, "error": {"direction": "minimize", "bound": null, "worst": null, "term": "amount", "resource": false}}, "space": {"width": {"kind": "integer", "default": 16, "options": [], "low": 4, "high": 64, "log": true, "when": {}}, "lr": {"kind": "number", "default": 0.005477225575051661, "options": [], "low": 0.001, "high": 0.03, "log": true, "when": {}}}, "epochs": 2, "training": {"lr": 0.001, "weight_decay": 0.01, "batch_size": 64, "clip": 1.0, "schedule": "cosine", "warmup": 0.05, "optimizer": "adamw", "momentum": 0.9, "scalarisation": "sum", "frozen": "", "frozen_for": 0.0, "frozen_rate": 1.0}, "weighting": {"log": false, "floor": 0.0, "groups": {}}, "constraints": {}, "watched": [], "model": ["width"]}',0,'/studies/example.py','{}','sha256:544ddb6a54ffc2495c3313daf4d33a5627c7a3db981481b8cb6ca54621c7e401','{"accuracy": 0.5193333148956298, "error": 1.4411445379257202}','{"jrtune": "0.1.0", "torch": "2.13.0+cpu", "optuna": "5.0.0", "python": "3.11.7", "device": "cpu: x86_64, 2 threads", "source": "3b3bac06333dee59be0cb4aa31815e440555cec27cb75c641b9031e2ebb939fa", "declared": "example", "stack": "128"}','2026-11-29T05:27:59.654+00:00');
INSERT INTO "jrtune_studies" VALUES(5,'example--uncertainty','{"losses": ["kind", "amount"], "objectives": {"accuracy": {"direction": "maximize", "bound": null, "worst": null, "term": "kind", "resource": false}, "error": {"direction": "minimize", "bound": null, "worst": null, "term": "amount", "resource": false}}, "space": {"width": {"kind": "integer", "default": 16, "options": [], "low": 4, "high": 64, "log": true, "when": {}}, "lr": {"kind": "number", "default": 0.005477225575051661, "options": [], "low": 0.001, "high": 0.03, "log": true, "when": {}}}, "epochs": 2, "training": {"lr": 0.001, "weight_decay": 0.01, "batch_size": 64, "clip": 1.0, "schedule": "cosine", "warmup": 0.05, "optimizer": "adamw", "momentum": 0.9, "scalarisation": "sum", "frozen": "", "frozen_for": 0.0, "frozen_rate": 1.0}, "weighting": {"log": false, "floor": 0.0, "groups": {}}, "constraints": {}, "watched": [], "model": ["width"]}',0,'/studies/example.py','{}','sha256:544ddb6a54ffc2495c3313daf4d33a5627c7a3db981481b8cb6ca54621c7e401','{"accuracy": 0.5193333148956298, "error": 1.441121768951416}','{"jrtune": "0.1.0", "torch": "2.13.0+cpu", "optuna": "5.0.0", "python": "3.11.7", "device": "cpu: x86_64, 2 threads", "source": "3b3bac06333dee59be0cb4aa31815e440555cec27cb75c641b9031e2ebb939fa", "declared": "example", "stack": "128"}','2026-11-29T05:28:01.318+00:00');
INSERT INTO "jrtune_studies" VALUES(6,'example--dwa','{"losses": ["kind", "amount"], "objectives": {"accuracy": {"direction": "maximize", "bound": null, "worst": null, "term": "kind", "resource": false}, "error": {"direction": "minimize", "bound": null, "worst": null, "term": "amount", "resource": false}}, "space": {"width": {"kind": "integer", "default": 16, "options": [], "low": 4, "high": 64, "log": true, "when": {}}, "lr": {"kind": "number", "default": 0.005477225575051661, "options": [], "low": 0.001, "high": 0.03, "log": true, "when": {}}}, "epochs": 2, "training": {"lr": 0.001, "weight_decay": 0.01, "batch_size": 64, "clip": 1.0, "schedule": "cosine", "warmup": 0.05, "optimizer": "adamw", "momentum": 0.9, "scalarisation": "sum", "frozen": "", "frozen_for": 0.0, "frozen_rate": 1.0}, "weighting": {"log": false, "floor": 0.0, "groups": {}}, "constraints": {}, "watched": [], "model": ["width"]}',0,'/studies/example.py','{}','sha256:544ddb6a54ffc2495c3313daf4d33a5627c7a3db981481b8cb6ca54621c7e401','{"accuracy": 0.5193333148956298, "error": 1.4411427974700928}','{"jrtune": "0.1.0", "torch": "2.13.0+cpu", "optuna": "5.0.0", "python": "3.11.7", "device": "cpu: x86_64, 2 threads", "source": "3b3bac06333dee59be0cb4aa31815e440555cec27cb75c641b9031e2ebb939fa", "declared": "example", "stack": "128"}','2026-11-29T05:28:02.376+00:00');
INSERT INTO "jrtune_studies" VALUES(7,'example--random-weights','{"losses": ["kind", "amount"], "objectives": {"accuracy": {"direction": "maximize", "bound": null, "worst": null, "term": "kind", "resource": false}, "error": {"direction": "minimize", "bound": null, "worst": null, "term": "amount", "resource": false}}, "space": {"width": {"kind": "integer", "default": 16, "options": [], "low": 4, "high": 64, "log": true, "when": {}}, "lr": {"kind": "number", "default": 0.005477225575051661, "options": [], "low": 0.001, "high": 0.03, "log": true, "when": {}}}, "epochs": 2, "training": {"lr": 0.001, "weight_decay": 0.01, "batch_size": 64, "clip": 1.0, "schedule": "cosine", "warmup": 0.05, "optimizer": "adamw", "momentum": 0.9, "scalarisation": "sum", "frozen": "", "frozen_for": 0.0, "frozen_rate": 1.0}, "weighting": {"log": false, "floor": 0.0, "groups": {}}, "constraints": {}, "watched": [], "model": ["width"]}',0,'/studies/example.py','{}','sha256:544ddb6a54ffc2495c3313daf4d33a5627c7a3db981481b8cb6ca54621c7e401','{"accuracy": 0.49733333587646483, "error": 1.4406953930854798}','{"jrtune": "0.1.0", "torch": "2.13.0+cpu", "optuna": "5.0.0", "python": "3.11.7", "device": "cpu: x86_64, 2 threads", "source": "3b3bac06333dee59be0cb4aa31815e440555cec27cb75c641b9031e2ebb939fa", "declared": "example", "stack": "128"}','2026-11-29T05:28:03.278+00:00');
CREATE TABLE studies (
	study_id INTEGER NOT NULL, 
	study_name VARCHAR(512) NOT NULL, 
	PRIMARY KEY (study_id)
);
INSERT INTO "studies" VALUES(1,'example');
INSERT INTO "studies" VALUES(2,'example--equal-weights');
INSERT INTO "studies" VALUES(3,'example--single-kind');
INSERT INTO "studies" VALUES(4,'example--single-amount');
INSERT INTO "studies" VALUES(5,'example--uncertainty');
INSERT INTO "studies" VALUES(6,'example--dwa');
INSERT INTO "studies" VALUES(7,'example--random-weights');
CREATE TABLE study_directions (
	study_direction_id INTEGER NOT NULL, 
	direction VARCHAR(8) NOT NULL, 
	study_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	PRIMARY KEY (study_direction_id), 
	UNIQUE (study_id, objective), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_directions" VALUES(1,'MAXIMIZE',1,0);
INSERT INTO "study_directions" VALUES(2,'MINIMIZE',1,1);
INSERT INTO "study_directions" VALUES(3,'MAXIMIZE',2,0);
INSERT INTO "study_directions" VALUES(4,'MINIMIZE',2,1);
INSERT INTO "study_directions" VALUES(5,'MAXIMIZE',3,0);
INSERT INTO "study_directions" VALUES(6,'MINIMIZE',3,1);
INSERT INTO "study_directions" VALUES(7,'MAXIMIZE',4,0);
INSERT INTO "study_directions" VALUES(8,'MINIMIZE',4,1);
INSERT INTO "study_directions" VALUES(9,'MAXIMIZE',5,0);
INSERT INTO "study_directions" VALUES(10,'MINIMIZE',5,1);
INSERT INTO "study_directions" VALUES(11,'MAXIMIZE',6,0);
INSERT INTO "study_directions" VALUES(12,'MINIMIZE',6,1);
INSERT INTO "study_directions" VALUES(13,'MAXIMIZE',7,0);
INSERT INTO "study_directions" VALUES(14,'MINIMIZE',7,1);
CREATE TABLE study_system_attributes (
	study_system_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_system_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_system_attributes" VALUES(1,1,'study:metric_names','["accuracy", "error"]');
INSERT INTO "study_system_attributes" VALUES(2,2,'study:metric_names','["accuracy", "error"]');
INSERT INTO "study_system_attributes" VALUES(3,3,'study:metric_names','["accuracy", "error"]');
INSERT INTO "study_system_attributes" VALUES(4,4,'study:metric_names','["accuracy", "error"]');
INSERT INTO "study_system_attributes" VALUES(5,5,'study:metric_names','["accuracy", "error"]');
INSERT INTO "study_system_attributes" VALUES(6,6,'study:metric_names','["accuracy", "error"]');
INSERT INTO "study_system_attributes" VALUES(7,7,'study:metric_names','["accuracy", "error"]');
CREATE TABLE study_user_attributes (
	study_user_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_user_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE trial_heartbeats (
	trial_heartbeat_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	heartbeat DATETIME NOT NULL, 
	PRIMARY KEY (trial_heartbeat_id), 
	UNIQUE (trial_id), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_intermediate_values (
	trial_intermediate_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	intermediate_value FLOAT, 
	intermediate_value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_intermediate_value_id), 
	UNIQUE (trial_id, step), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_params (
	param_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	param_name VARCHAR(512), 
	param_value FLOAT, 
	distribution_json TEXT, 
	PRIMARY KEY (param_id), 
	UNIQUE (trial_id, param_name), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_params" VALUES(1,1,'stick_0',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(2,1,'width',16.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(3,1,'lr',5.47722557505166129931e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(4,2,'stick_0',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(5,2,'width',16.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(6,2,'lr',5.47722557505166129931e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(7,3,'stick_0',0.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(8,3,'width',16.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(9,3,'lr',5.47722557505166129931e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(10,4,'stick_0',2.58710938481245156239e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(11,4,'width',4.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(12,4,'lr',2.65967779597011295955e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(13,5,'stick_0',5.68234116721742288369e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(14,5,'width',64.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(15,5,'lr',2.83893756537023367325e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(16,6,'stick_0',2.0904358073418338737e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(17,6,'width',4.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(18,6,'lr',1.14782455223234056487e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(19,7,'width',16.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(20,7,'lr',5.47722557505166129931e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(21,8,'width',4.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(22,8,'lr',1.03052228417408625084e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(23,9,'width',4.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(24,9,'lr',2.74521397546149230339e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(25,10,'width',60.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(26,10,'lr',1.04809614003485685428e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(27,11,'width',64.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(28,11,'lr',2.23023564128250421229e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(29,12,'width',64.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(30,12,'lr',1.00925264984792263135e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(31,13,'width',16.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(32,13,'lr',5.47722557505166129931e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(33,14,'width',4.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(34,14,'lr',1.03052228417408625084e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(35,15,'width',4.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(36,15,'lr',2.74521397546149230339e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(37,16,'width',16.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(38,16,'lr',5.47722557505166129931e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(39,17,'width',4.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(40,17,'lr',1.03052228417408625084e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(41,18,'width',4.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(42,18,'lr',2.74521397546149230339e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(43,19,'width',16.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(44,19,'lr',5.47722557505166129931e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(45,20,'width',4.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(46,20,'lr',1.03052228417408625084e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(47,21,'width',4.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(48,21,'lr',2.74521397546149230339e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(49,22,'width',60.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(50,22,'lr',1.04809614003485685428e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(51,23,'width',64.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(52,23,'lr',2.23023564128250421229e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(53,24,'width',64.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(54,24,'lr',1.00925264984792263135e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(55,25,'width',16.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(56,25,'lr',5.47722557505166129931e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(57,26,'width',4.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(58,26,'lr',1.03052228417408625084e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(59,27,'width',4.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(60,27,'lr',2.74521397546149230339e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(61,28,'width',60.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(62,28,'lr',1.04809614003485685428e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(63,29,'width',64.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(64,29,'lr',2.23023564128250421229e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(65,30,'width',64.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(66,30,'lr',1.00925264984792263135e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(67,31,'width',16.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(68,31,'lr',5.47722557505166129931e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(69,32,'width',4.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(70,32,'lr',1.03052228417408625084e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(71,33,'width',4.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(72,33,'lr',2.74521397546149230339e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(73,34,'width',60.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(74,34,'lr',1.04809614003485685428e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(75,35,'width',63.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(76,35,'lr',1.70014161031887731621e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(77,36,'width',64.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(78,36,'lr',1.00925264984792263135e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_system_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_system_attributes" VALUES(1,1,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(2,2,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(3,3,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(4,4,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(5,5,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(6,6,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(7,7,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(8,8,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(9,9,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(10,10,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(11,11,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(12,12,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(13,13,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(14,14,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(15,15,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(16,16,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(17,17,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(18,18,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(19,19,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(20,20,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(21,21,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(22,22,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(23,23,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(24,24,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(25,25,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(26,26,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(27,27,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(28,28,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(29,29,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(30,30,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(31,31,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(32,32,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(33,33,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(34,34,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(35,35,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(36,36,'jrtune:study_attrs','{}');
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_user_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_user_attributes" VALUES(1,1,'origin','"equal weights"');
INSERT INTO "trial_user_attributes" VALUES(2,1,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(3,1,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(4,1,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(5,2,'origin','"single kind"');
INSERT INTO "trial_user_attributes" VALUES(6,2,'weight_kind','1.0');
INSERT INTO "trial_user_attributes" VALUES(7,2,'weight_amount','0.0');
INSERT INTO "trial_user_attributes" VALUES(8,2,'jrtune:candidate','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(9,3,'origin','"single amount"');
INSERT INTO "trial_user_attributes" VALUES(10,3,'weight_kind','0.0');
INSERT INTO "trial_user_attributes" VALUES(11,3,'weight_amount','1.0');
INSERT INTO "trial_user_attributes" VALUES(12,3,'jrtune:candidate','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(13,4,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(14,4,'weight_kind','0.25871093848124516');
INSERT INTO "trial_user_attributes" VALUES(15,4,'weight_amount','0.7412890615187548');
INSERT INTO "trial_user_attributes" VALUES(16,4,'jrtune:candidate','{"weights": {"kind": 0.25871093848124516, "amount": 0.7412890615187548}, "choices": {"width": 4, "lr": 0.02659677795970113}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(17,5,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(18,5,'weight_kind','0.5682341167217423');
INSERT INTO "trial_user_attributes" VALUES(19,5,'weight_amount','0.4317658832782577');
INSERT INTO "trial_user_attributes" VALUES(20,5,'jrtune:candidate','{"weights": {"kind": 0.5682341167217423, "amount": 0.4317658832782577}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(21,6,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(22,6,'weight_kind','0.2090435807341834');
INSERT INTO "trial_user_attributes" VALUES(23,6,'weight_amount','0.7909564192658166');
INSERT INTO "trial_user_attributes" VALUES(24,6,'jrtune:candidate','{"weights": {"kind": 0.2090435807341834, "amount": 0.7909564192658166}, "choices": {"width": 4, "lr": 0.0011478245522323406}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(25,6,'ending','"pruned: dropped at rung 1"');
INSERT INTO "trial_user_attributes" VALUES(26,7,'origin','"default choices"');
INSERT INTO "trial_user_attributes" VALUES(27,7,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(28,7,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(29,7,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(30,8,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(31,8,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(32,8,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(33,8,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 4, "lr": 0.0010305222841740863}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(34,9,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(35,9,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(36,9,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(37,9,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 4, "lr": 0.027452139754614923}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(38,10,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(39,10,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(40,10,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(41,10,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 60, "lr": 0.0010480961400348569}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(42,11,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(43,11,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(44,11,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(45,11,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 64, "lr": 0.002230235641282504}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(46,12,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(47,12,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(48,12,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(49,12,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 64, "lr": 0.0010092526498479226}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(50,13,'origin','"default choices"');
INSERT INTO "trial_user_attributes" VALUES(51,13,'weight_kind','1.0');
INSERT INTO "trial_user_attributes" VALUES(52,13,'weight_amount','0.0');
INSERT INTO "trial_user_attributes" VALUES(53,13,'jrtune:candidate','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(54,14,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(55,14,'weight_kind','1.0');
INSERT INTO "trial_user_attributes" VALUES(56,14,'weight_amount','0.0');
INSERT INTO "trial_user_attributes" VALUES(57,14,'jrtune:candidate','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 4, "lr": 0.0010305222841740863}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(58,15,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(59,15,'weight_kind','1.0');
INSERT INTO "trial_user_attributes" VALUES(60,15,'weight_amount','0.0');
INSERT INTO "trial_user_attributes" VALUES(61,15,'jrtune:candidate','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 4, "lr": 0.027452139754614923}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(62,16,'origin','"default choices"');
INSERT INTO "trial_user_attributes" VALUES(63,16,'weight_kind','0.0');
INSERT INTO "trial_user_attributes" VALUES(64,16,'weight_amount','1.0');
INSERT INTO "trial_user_attributes" VALUES(65,16,'jrtune:candidate','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(66,17,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(67,17,'weight_kind','0.0');
INSERT INTO "trial_user_attributes" VALUES(68,17,'weight_amount','1.0');
INSERT INTO "trial_user_attributes" VALUES(69,17,'jrtune:candidate','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 4, "lr": 0.0010305222841740863}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(70,18,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(71,18,'weight_kind','0.0');
INSERT INTO "trial_user_attributes" VALUES(72,18,'weight_amount','1.0');
INSERT INTO "trial_user_attributes" VALUES(73,18,'jrtune:candidate','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 4, "lr": 0.027452139754614923}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(74,19,'origin','"default choices"');
INSERT INTO "trial_user_attributes" VALUES(75,19,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(76,19,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(77,19,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "uncertainty"}');
INSERT INTO "trial_user_attributes" VALUES(78,20,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(79,20,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(80,20,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(81,20,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 4, "lr": 0.0010305222841740863}, "balancing": "uncertainty"}');
INSERT INTO "trial_user_attributes" VALUES(82,21,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(83,21,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(84,21,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(85,21,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 4, "lr": 0.027452139754614923}, "balancing": "uncertainty"}');
INSERT INTO "trial_user_attributes" VALUES(86,22,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(87,22,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(88,22,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(89,22,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 60, "lr": 0.0010480961400348569}, "balancing": "uncertainty"}');
INSERT INTO "trial_user_attributes" VALUES(90,23,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(91,23,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(92,23,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(93,23,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 64, "lr": 0.002230235641282504}, "balancing": "uncertainty"}');
INSERT INTO "trial_user_attributes" VALUES(94,24,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(95,24,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(96,24,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(97,24,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 64, "lr": 0.0010092526498479226}, "balancing": "uncertainty"}');
INSERT INTO "trial_user_attributes" VALUES(98,25,'origin','"default choices"');
INSERT INTO "trial_user_attributes" VALUES(99,25,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(100,25,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(101,25,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "dwa"}');
INSERT INTO "trial_user_attributes" VALUES(102,26,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(103,26,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(104,26,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(105,26,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 4, "lr": 0.0010305222841740863}, "balancing": "dwa"}');
INSERT INTO "trial_user_attributes" VALUES(106,27,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(107,27,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(108,27,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(109,27,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 4, "lr": 0.027452139754614923}, "balancing": "dwa"}');
INSERT INTO "trial_user_attributes" VALUES(110,28,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(111,28,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(112,28,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(113,28,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 60, "lr": 0.0010480961400348569}, "balancing": "dwa"}');
INSERT INTO "trial_user_attributes" VALUES(114,29,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(115,29,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(116,29,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(117,29,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 64, "lr": 0.002230235641282504}, "balancing": "dwa"}');
INSERT INTO "trial_user_attributes" VALUES(118,30,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(119,30,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(120,30,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(121,30,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 64, "lr": 0.0010092526498479226}, "balancing": "dwa"}');
INSERT INTO "trial_user_attributes" VALUES(122,31,'origin','"default choices"');
INSERT INTO "trial_user_attributes" VALUES(123,31,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(124,31,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(125,31,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "random-weights"}');
INSERT INTO "trial_user_attributes" VALUES(126,32,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(127,32,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(128,32,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(129,32,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 4, "lr": 0.0010305222841740863}, "balancing": "random-weights"}');
INSERT INTO "trial_user_attributes" VALUES(130,33,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(131,33,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(132,33,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(133,33,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 4, "lr": 0.027452139754614923}, "balancing": "random-weights"}');
INSERT INTO "trial_user_attributes" VALUES(134,34,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(135,34,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(136,34,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(137,34,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 60, "lr": 0.0010480961400348569}, "balancing": "random-weights"}');
INSERT INTO "trial_user_attributes" VALUES(138,35,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(139,35,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(140,35,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(141,35,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 63, "lr": 0.0017001416103188773}, "balancing": "random-weights"}');
INSERT INTO "trial_user_attributes" VALUES(142,36,'origin','"front"');
INSERT INTO "trial_user_attributes" VALUES(143,36,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(144,36,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(145,36,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 64, "lr": 0.0010092526498479226}, "balancing": "random-weights"}');
CREATE TABLE trial_values (
	trial_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	value FLOAT, 
	value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_value_id), 
	UNIQUE (trial_id, objective), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_values" VALUES(1,1,0,5.19999980926513671875e-01,'FINITE');
INSERT INTO "trial_values" VALUES(2,1,1,1.35219454765319824218e+00,'FINITE');
INSERT INTO "trial_values" VALUES(3,2,0,5.5333334207534790039e-01,'FINITE');
INSERT INTO "trial_values" VALUES(4,2,1,1.45488429069519042968e+00,'FINITE');
INSERT INTO "trial_values" VALUES(5,3,0,4.60000008344650268554e-01,'FINITE');
INSERT INTO "trial_values" VALUES(6,3,1,1.32404351234436035156e+00,'FINITE');
INSERT INTO "trial_values" VALUES(7,4,0,5.60000002384185791015e-01,'FINITE');
INSERT INTO "trial_values" VALUES(8,4,1,1.39243435859680175781e+00,'FINITE');
INSERT INTO "trial_values" VALUES(9,5,0,5.73333323001861572265e-01,'FINITE');
INSERT INTO "trial_values" VALUES(10,5,1,2.40037783980369567871e-01,'FINITE');
INSERT INTO "trial_values" VALUES(11,7,0,5.19999980926513671875e-01,'FINITE');
INSERT INTO "trial_values" VALUES(12,7,1,1.35219454765319824218e+00,'FINITE');
INSERT INTO "trial_values" VALUES(13,8,0,4.39999997615814208984e-01,'FINITE');
INSERT INTO "trial_values" VALUES(14,8,1,1.34050953388214111328e+00,'FINITE');
INSERT INTO "trial_values" VALUES(15,9,0,4.79999989271163940429e-01,'FINITE');
INSERT INTO "trial_values" VALUES(16,9,1,1.40778207778930664062e+00,'FINITE');
INSERT INTO "trial_values" VALUES(17,10,0,5.6666666269302368164e-01,'FINITE');
INSERT INTO "trial_values" VALUES(18,10,1,1.3056720495224,'FINITE');
INSERT INTO "trial_values" VALUES(19,11,0,5.266666412353515625e-01,'FINITE');
INSERT INTO "trial_values" VALUES(20,11,1,1.3404814004898071289e+00,'FINITE');
INSERT INTO "trial_values" VALUES(21,12,0,5.33333361148834228515e-01,'FINITE');
INSERT INTO "trial_values" VALUES(22,12,1,1.33353269100189208984e+00,'FINITE');
INSERT INTO "trial_values" VALUES(23,13,0,5.1333332061767578125e-01,'FINITE');
INSERT INTO "trial_values" VALUES(24,13,1,1.43164086341857910156e+00,'FINITE');
INSERT INTO "trial_values" VALUES(25,14,0,4.39999997615814208984e-01,'FINITE');
INSERT INTO "trial_values" VALUES(26,14,1,1.35032677650451660156e+00,'FINITE');
INSERT INTO "trial_values" VALUES(27,15,0,5.4000002145767211914e-01,'FINITE');
INSERT INTO "trial_values" VALUES(28,15,1,1.4756221771240234375e+00,'FINITE');
INSERT INTO "trial_values" VALUES(29,16,0,5.266666412353515625e-01,'FINITE');
INSERT INTO "trial_values" VALUES(30,16,1,1.35217714309692382812e+00,'FINITE');
INSERT INTO "trial_values" VALUES(31,17,0,4.39999997615814208984e-01,'FINITE');
INSERT INTO "trial_values" VALUES(32,17,1,1.34068667888641357421e+00,'FINITE');
INSERT INTO "trial_values" VALUES(33,18,0,4.53333348035812377929e-01,'FINITE');
INSERT INTO "trial_values" VALUES(34,18,1,1.40494501590728759765e+00,'FINITE');
INSERT INTO "trial_values" VALUES(35,19,0,5.19999980926513671875e-01,'FINITE');
INSERT INTO "trial_values" VALUES(36,19,1,1.35240483283996582031e+00,'FINITE');
INSERT INTO "trial_values" VALUES(37,20,0,4.39999997615814208984e-01,'FINITE');
INSERT INTO "trial_values" VALUES(38,20,1,1.34051215648651123046e+00,'FINITE');
INSERT INTO "trial_values" VALUES(39,21,0,4.79999989271163940429e-01,'FINITE');
INSERT INTO "trial_values" VALUES(40,21,1,1.40742063522338867187e+00,'FINITE');
INSERT INTO "trial_values" VALUES(41,22,0,5.6666666269302368164e-01,'FINITE');
INSERT INTO "trial_values" VALUES(42,22,1,1.3056720495224,'FINITE');
INSERT INTO "trial_values" VALUES(43,23,0,5.266666412353515625e-01,'FINITE');
INSERT INTO "trial_values" VALUES(44,23,1,1.3404814004898071289e+00,'FINITE');
INSERT INTO "trial_values" VALUES(45,24,0,5.33333361148834228515e-01,'FINITE');
INSERT INTO "trial_values" VALUES(46,24,1,1.33353269100189208984e+00,'FINITE');
INSERT INTO "trial_values" VALUES(47,25,0,5.19999980926513671875e-01,'FINITE');
INSERT INTO "trial_values" VALUES(48,25,1,1.35219454765319824218e+00,'FINITE');
INSERT INTO "trial_values" VALUES(49,26,0,4.39999997615814208984e-01,'FINITE');
INSERT INTO "trial_values" VALUES(50,26,1,1.34050953388214111328e+00,'FINITE');
INSERT INTO "trial_values" VALUES(51,27,0,4.79999989271163940429e-01,'FINITE');
INSERT INTO "trial_values" VALUES(52,27,1,1.40778207778930664062e+00,'FINITE');
INSERT INTO "trial_values" VALUES(53,28,0,5.6666666269302368164e-01,'FINITE');
INSERT INTO "trial_values" VALUES(54,28,1,1.3056720495224,'FINITE');
INSERT INTO "trial_values" VALUES(55,29,0,5.266666412353515625e-01,'FINITE');
INSERT INTO "trial_values" VALUES(56,29,1,1.3404814004898071289e+00,'FINITE');
INSERT INTO "trial_values" VALUES(57,30,0,5.33333361148834228515e-01,'FINITE');
INSERT INTO "trial_values" VALUES(58,30,1,1.33353269100189208984e+00,'FINITE');
INSERT INTO "trial_values" VALUES(59,31,0,0.5,'FINITE');
INSERT INTO "trial_values" VALUES(60,31,1,1.35666859149932861328e+00,'FINITE');
INSERT INTO "trial_values" VALUES(61,32,0,4.39999997615814208984e-01,'FINITE');
INSERT INTO "trial_values" VALUES(62,32,1,1.340930938720703125e+00,'FINITE');
INSERT INTO "trial_values" VALUES(63,33,0,4.53333348035812377929e-01,'FINITE');
INSERT INTO "trial_values" VALUES(64,33,1,1.4071871042251586914e+00,'FINITE');
INSERT INTO "trial_values" VALUES(65,34,0,5.6666666269302368164e-01,'FINITE');
INSERT INTO "trial_values" VALUES(66,34,1,1.30636906623840332031e+00,'FINITE');
INSERT INTO "trial_values" VALUES(67,35,0,5.6666666269302368164e-01,'FINITE');
INSERT INTO "trial_values" VALUES(68,35,1,1.31077206134796142578e+00,'FINITE');
INSERT INTO "trial_values" VALUES(69,36,0,5.33333361148834228515e-01,'FINITE');
INSERT INTO "trial_values" VALUES(70,36,1,1.33472967147827148437e+00,'FINITE');
CREATE TABLE trials (
	trial_id INTEGER NOT NULL, 
	number INTEGER, 
	study_id INTEGER, 
	state VARCHAR(8) NOT NULL, 
	datetime_start DATETIME, 
	datetime_complete DATETIME, 
	PRIMARY KEY (trial_id), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "trials" VALUES(1,0,1,'COMPLETE','2026-11-29 05:20:35.180488','2026-11-29 05:20:35.296056');
INSERT INTO "trials" VALUES(2,1,1,'COMPLETE','2026-11-29 05:20:35.197913','2026-11-29 05:20:35.306050');
INSERT INTO "trials" VALUES(3,2,1,'COMPLETE','2026-11-29 05:20:35.311530','2026-11-29 05:20:35.435175');
INSERT INTO "trials" VALUES(4,3,1,'COMPLETE','2026-11-29 05:20:35.329516','2026-11-29 05:20:35.444258');
INSERT INTO "trials" VALUES(5,4,1,'COMPLETE','2026-11-29 05:20:35.456064','2026-11-29 05:20:35.551205');
INSERT INTO "trials" VALUES(6,5,1,'PRUNED','2026-11-29 05:20:35.477096','2026-11-29 05:20:35.562054');
INSERT INTO "trials" VALUES(7,0,2,'COMPLETE','2026-11-29 05:27:57.262086','2026-11-29 05:27:57.455773');
INSERT INTO "trials" VALUES(8,1,2,'COMPLETE','2026-11-29 05:27:57.294793','2026-11-29 05:27:57.512657');
INSERT INTO "trials" VALUES(9,2,2,'COMPLETE','2026-11-29 05:27:57.519618','2026-11-29 05:27:57.690137');
INSERT INTO "trials" VALUES(10,3,2,'COMPLETE','2026-11-29 05:27:57.535042','2026-11-29 05:27:57.734128');
INSERT INTO "trials" VALUES(11,4,2,'COMPLETE','2026-11-29 05:27:57.908228','2026-11-29 05:27:58.846418');
INSERT INTO "trials" VALUES(12,5,2,'COMPLETE','2026-11-29 05:27:58.089805','2026-11-29 05:27:58.856240');
INSERT INTO "trials" VALUES(13,0,3,'COMPLETE','2026-11-29 05:27:59.107403','2026-11-29 05:27:59.214010');
INSERT INTO "trials" VALUES(14,1,3,'COMPLETE','2026-11-29 05:27:59.228249','2026-11-29 05:27:59.278077');
INSERT INTO "trials" VALUES(15,2,3,'COMPLETE','2026-11-29 05:27:59.286565','2026-11-29 05:27:59.402447');
INSERT INTO "trials" VALUES(16,0,4,'COMPLETE','2026-11-29 05:28:00.148682','2026-11-29 05:28:00.316100');
INSERT INTO "trials" VALUES(17,1,4,'COMPLETE','2026-11-29 05:28:00.340413','2026-11-29 05:28:00.443357');
INSERT INTO "trials" VALUES(18,2,4,'COMPLETE','2026-11-29 05:28:00.455294','2026-11-29 05:28:00.664375');
INSERT INTO "trials" VALUES(19,0,5,'COMPLETE','2026-11-29 05:28:01.430099','2026-11-29 05:28:01.673071');
INSERT INTO "trials" VALUES(20,1,5,'COMPLETE','2026-11-29 05:28:01.462661','2026-11-29 05:28:01.711499');
INSERT INTO "trials" VALUES(21,2,5,'COMPLETE','2026-11-29 05:28:01.718626','2026-11-29 05:28:01.847489');
INSERT INTO "trials" VALUES(22,3,5,'COMPLETE','2026-11-29 05:28:01.734351','2026-11-29 05:28:01.890151');
INSERT INTO "trials" VALUES(23,4,5,'COMPLETE','2026-11-29 05:28:01.904146','2026-11-29 05:28:02.196078');
INSERT INTO "trials" VALUES(24,5,5,'COMPLETE','2026-11-29 05:28:01.921882','2026-11-29 05:28:02.221502');
INSERT INTO "trials" VALUES(25,0,6,'COMPLETE','2026-11-29 05:28:02.485905','2026-11-29 05:28:02.674930');
INSERT INTO "trials" VALUES(26,1,6,'COMPLETE','2026-11-29 05:28:02.502532','2026-11-29 05:28:02.703048');
INSERT INTO "trials" VALUES(27,2,6,'COMPLETE','2026-11-29 05:28:02.713460','2026-11-29 05:28:02.876806');
INSERT INTO "trials" VALUES(28,3,6,'COMPLETE','2026-11-29 05:28:02.722441','2026-11-29 05:28:02.918998');
INSERT INTO "trials" VALUES(29,4,6,'COMPLETE','2026-11-29 05:28:02.928955','2026-11-29 05:28:03.182298');
INSERT INTO "trials" VALUES(30,5,6,'COMPLETE','2026-11-29 05:28:02.975887','2026-11-29 05:28:03.190205');
INSERT INTO "trials" VALUES(31,0,7,'COMPLETE','2026-11-29 05:28:03.344072','2026-11-29 05:28:03.504344');
INSERT INTO "trials" VALUES(32,1,7,'COMPLETE','2026-11-29 05:28:03.362286','2026-11-29 05:28:03.566348');
INSERT INTO "trials" VALUES(33,2,7,'COMPLETE','2026-11-29 05:28:03.572508','2026-11-29 05:28:03.767148');
INSERT INTO "trials" VALUES(34,3,7,'COMPLETE','2026-11-29 05:28:03.586152','2026-11-29 05:28:03.802075');
INSERT INTO "trials" VALUES(35,4,7,'COMPLETE','2026-11-29 05:28:03.881709','2026-11-29 05:28:04.165717');
INSERT INTO "trials" VALUES(36,5,7,'COMPLETE','2026-11-29 05:28:03.987390','2026-11-29 05:28:04.198844');
CREATE TABLE version_info (
	version_info_id INTEGER NOT NULL, 
	schema_version INTEGER, 
	library_version VARCHAR(256), 
	PRIMARY KEY (version_info_id), 
	CHECK (version_info_id=1)
);
INSERT INTO "version_info" VALUES(1,12,'5.0.0');
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
CREATE INDEX ix_trials_study_id ON trials (study_id);
COMMIT;